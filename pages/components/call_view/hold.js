/** Keeps the card being read where it is on the screen while others come and go around it. */

/** Reading goes on for a moment after the pointer has left, so that crossing from card to card moves nothing. */
const RELEASE_AFTER_MS = 600;

/**
 * The card under the pointer, or else the one with the focus, is being read; without one, the first in sight of a
 * scrolled list. `above` is shown while there is something out of sight above. Where there is nothing to scroll by,
 * room is made; it goes when nothing is being read any more.
 */
export function newHold({ scroller, list, above }) {
  const before = document.createElement("div");
  const after = document.createElement("div");
  scroller.prepend(before);
  scroller.append(after);
  let holding = false;
  let releasing = null;

  const reading = () => list.querySelector(":scope > :hover") ?? list.querySelector(":scope > :focus-within");

  function firstInSight() {
    if (scroller.scrollTop === 0) return null;
    const { top } = scroller.getBoundingClientRect();
    return [...list.children].find((card) => card.getBoundingClientRect().bottom > top);
  }

  /** Make a change to the list. */
  function around(change) {
    const card = reading() ?? firstInSight();
    const top = card?.getBoundingClientRect().top;
    change();
    if (!card || !list.contains(card)) return;
    const moved = card.getBoundingClientRect().top - top;
    if (moved === 0) return;
    const wanted = scroller.scrollTop + moved;
    const end = after.getBoundingClientRect().bottom - scroller.getBoundingClientRect().top + scroller.scrollTop;
    const missing = wanted + scroller.clientHeight - end;
    if (wanted < 0) before.style.height = `${before.offsetHeight - wanted}px`;
    if (missing > 0) after.style.height = `${after.offsetHeight + missing}px`;
    scroller.scrollTop = Math.max(0, wanted);
    holding = true;
  }

  function release() {
    holding = false;
    before.style.height = after.style.height = "";
    scroller.scrollTop = 0;
  }

  function letGo() {
    clearTimeout(releasing);
    releasing = setTimeout(() => {
      if (holding && !reading()) release();
    }, RELEASE_AFTER_MS);
  }

  function scrolledByHand() {
    holding = false;
  }

  scroller.addEventListener("pointerleave", letGo);
  scroller.addEventListener("focusout", letGo);
  scroller.addEventListener("wheel", scrolledByHand, { passive: true });
  scroller.addEventListener("touchmove", scrolledByHand, { passive: true });
  scroller.addEventListener("scroll", () => {
    above.hidden = scroller.scrollTop === 0;
  });

  return {
    around,
    release,
    close() {
      clearTimeout(releasing);
    },
  };
}
