const words: Record<string, string> = {
  reconnect: "the connection has ended; the account has to be connected again",
  unavailable: "the sign-in service did not answer when the connection was to be renewed",
  refused: "the sign-in service gave no usable answer when the connection was to be renewed",
  forbidden: "the server wants more permissions than this account was connected with",
  unauthorized: "the server refused the key",
};

/** Why a connection is not well, from the cause of its last failed renewal. */
export const problemWords = (cause: string) => words[cause] ?? `the connection could not be renewed (${cause.replaceAll("_", " ")})`;
