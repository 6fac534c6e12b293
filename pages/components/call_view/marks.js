/** A text in pieces: the words an entity was read from, and the words searched for, are marked. */

import { el } from "./dom.js";

export function marked(text, entities, query) {
  const lower = text.toLowerCase();
  const spans = [...entitySpans(lower, entities), ...hitSpans(lower, query)];
  const cuts = [...new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return cuts.slice(1).flatMap((end, i) => {
    const start = cuts[i];
    const over = spans.filter((span) => span.start <= start && span.end >= end);
    const piece = text.slice(start, end);
    return piece && over.reduce((inner, { label, hit }) => el("mark", { title: label, class: hit && "hit" }, inner), piece);
  }).filter(Boolean);
}

function entitySpans(lower, entities) {
  const found = entities
    .filter(({ spoken }) => spoken)
    .map(({ spoken, kind, value }) => {
      const start = lower.indexOf(spoken.toLowerCase());
      return { start, end: start + spoken.length, label: `${kind} ${value}` };
    })
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start - b.start);
  let done = 0;
  return found.filter(({ start, end }) => {
    if (start < done) return false;
    done = end;
    return true;
  });
}

function hitSpans(lower, query) {
  const spans = [];
  if (!query) return spans;
  for (let start = lower.indexOf(query); start >= 0; start = lower.indexOf(query, start + query.length)) {
    spans.push({ start, end: start + query.length, hit: true });
  }
  return spans;
}
