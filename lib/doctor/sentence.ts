/** An error's words as a sentence; they come lower case and without a full stop. */
export const asSentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.?…)]$/.test(words) ? "" : "."}`;
