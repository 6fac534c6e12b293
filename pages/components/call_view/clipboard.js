/** Put text on the clipboard. Without one (no permission, plain HTTP) the words are still on the screen. */
export const copy = (text) => navigator.clipboard?.writeText(text).catch(() => {});
