/** The number of help requests in the browser's tab, for a supervisor who looks at something else. */

const MARK = /^\(\d+\) Help asked · /;

export function newMark() {
  function draw(count) {
    const plain = document.title.replace(MARK, "");
    const title = count ? `(${count}) Help asked · ${plain}` : plain;
    if (document.title !== title) document.title = title;
  }

  return { draw, close: () => draw(0) };
}
