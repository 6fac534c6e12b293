/** What the page knows beside the call: actions, required phrases, templates, who helps, who could take over, and what can be said to Sidetone. */

const NOTHING = { actions: [], checklist: [], templates: [], assistant: "", colleagues: [], voice_commands: [] };

/** From the component's data; the same object as `before` when nothing changed, so that drawing may compare it. */
export function deskFrom({ actions, checklist, templates, assistant, colleagues, voice_commands }, before = NOTHING) {
  const desk = {
    actions: actions ?? NOTHING.actions,
    checklist: checklist ?? NOTHING.checklist,
    templates: templates ?? NOTHING.templates,
    assistant: assistant ?? NOTHING.assistant,
    colleagues: colleagues ?? NOTHING.colleagues,
    voice_commands: voice_commands ?? NOTHING.voice_commands,
  };
  return JSON.stringify(desk) === JSON.stringify(before) ? before : desk;
}
