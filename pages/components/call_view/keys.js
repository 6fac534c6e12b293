/** Single keys for the agent's most frequent actions, wherever on the page the focus is. */

const TYPED_IN = "input, textarea, select, [contenteditable=''], [contenteditable=true]";
const ARROWS = { ArrowDown: "j", ArrowUp: "k" };

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
