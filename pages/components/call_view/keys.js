/** Single keys for the agent's most frequent actions, wherever on the page the focus is. */

const TYPED_IN = "input, textarea, select, [contenteditable=''], [contenteditable=true], dialog";
const ARROWS = { ArrowDown: "j", ArrowUp: "k" };

/** All keys, for the agent to look up. */
export const KEYS = [
  ["U", "Use the suggestion: into the message box of a chat, or copied"],
  ["E", "Edit the suggestion, then use it"],
  ["D", "Dismiss the suggestion; again for no reason"],
  ["1 2 3", "Why dismissed: wrong, not now, known already"],
  ["P", "Pin the suggestion on top, or unpin it"],
  ["J K", "Next and previous suggestion; ↓ ↑ among suggestions"],
  ["/", "Ask about this call or customer"],
  ["F", "Search the transcript; Enter and Shift+Enter go from hit to hit"],
  ["M", "Flag this moment, with a note"],
  ["W", "Write to the customer; Enter sends, Shift+Enter begins a new line"],
  ["H", "Hold, or resume"],
  ["X", "Transfer"],
  ["A", "Quick actions"],
  ["T", "Response templates"],
  ["Ctrl+Enter", "Use what was edited"],
  ["Alt+A", "Accept what rings"],
  ["Alt+X", "Decline what rings"],
  ["Esc", "Close what is open"],
  ["?", "These keys"],
];

/**
 * Call `actions[key]()` on a key; the key counts as used when it returns true. Never while something is typed, nor with
 * a modifier. Arrows stand for j and k only inside `node`, elsewhere they scroll. Returns what stops listening.
 */
export function listenForKeys(node, actions) {
  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const path = event.composedPath();
    if (path.some((target) => target instanceof Element && target.matches(TYPED_IN))) return;
    const inside = path.includes(node);
    // With several calls on a page, the one with the focus is meant.
    const view = path.find((target) => target instanceof Element && target.matches("[data-testid='call-view']"));
    if (view && !view.contains(node)) return;
    const key = inside ? (ARROWS[event.key] ?? event.key) : event.key;
    const action = actions[key.toLowerCase()];
    if (action?.()) event.preventDefault();
  }

  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
