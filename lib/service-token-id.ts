/** The record names who acted by one id; its prefix says whether that is a person or a service token. */
export const isServiceTokenId = (id: string | null | undefined): boolean => id?.startsWith("svc_") ?? false;
