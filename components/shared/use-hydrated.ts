"use client";

import { useSyncExternalStore } from "react";

/** False on the server and in the first paint, true once JavaScript runs here. */
export const useHydrated = (): boolean => useSyncExternalStore(subscribe, yes, no);

const subscribe = () => () => {};
const yes = () => true;
const no = () => false;
