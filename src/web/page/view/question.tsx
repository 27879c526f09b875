/**
 * Asks before something is done that can't be undone.
 *
 * @module
 */

import { asked } from "../state/ui.ts";
import { Dialog } from "./dialog.tsx";

/** The question that waits for an answer; nothing where none does. */
export function QuestionBox() {
  const waiting = asked.value;
  if (!waiting) return null;
  const close = () => asked.value = undefined;
  const { question: { title, text }, label, go } = waiting;
  return (
    <Dialog name={title} kind="question" onClose={close}>
      <h2>{title}</h2>
      <p>{text}</p>
      <div class="question-buttons">
        <button type="button" class="button plain" onClick={close}>Keep it</button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            close();
            go();
          }}
        >
          {label}
        </button>
      </div>
    </Dialog>
  );
}
