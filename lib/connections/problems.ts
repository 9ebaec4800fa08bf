// What a connection's `lastError` means, as a sentence without its full stop.

/** For admins. */
export const problemForAdmins = (cause: string) => admins[cause] ?? `the connection could not be renewed (${cause.replaceAll("_", " ")})`;

/** For whose account it is: what it is, and what they can do. */
export const problemForPerson = (cause: string) =>
  persons[cause] ?? "your connection could not be renewed the last time; there is nothing for you to do, the next call tries again";

/** For who uses the account that the admins share. */
export const problemOfShared = (cause: string) => shared[cause] ?? "it could not be renewed the last time; the next call tries again";

const admins: Record<string, string> = {
  reconnect: "the connection has ended; the account has to be connected again",
  unavailable: "the sign-in service did not answer when the connection was to be renewed",
  refused: "the sign-in service gave no usable answer when the connection was to be renewed",
  forbidden: "the server wants more permissions than this account was connected with",
  unauthorized: "the server refused the key",
};

const persons: Record<string, string> = {
  reconnect: "your account’s connection has ended; connect it again, and calls work at once",
  unavailable: "its sign-in service did not answer when your connection was to be renewed; there is nothing for you to do, the next call tries again",
  forbidden: "a tool wants more permissions than your account was connected with; connect it again to give them, the other tools work meanwhile",
  unauthorized: "the server refused your key; enter it again, or another one",
};

// After "everybody uses one shared account here, and" or "but".
const shared: Record<string, string> = {
  reconnect: "its connection has ended",
  unavailable: "its sign-in service did not answer the last time; the next call tries again",
  forbidden: "a tool wants more permissions than it has; the other tools work meanwhile",
};
