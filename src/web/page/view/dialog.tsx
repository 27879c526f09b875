/**
 * A modal dialog: the browser's own, which keeps the focus inside, closes on Escape, and gives the focus back.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { dialogs } from "../state/ui.ts";
import { Notes } from "./notes.tsx";

interface DialogProps {
  name: string;
  kind: "panel" | "question";
  onClose: () => void;
  children: ComponentChildren;
}

/** Open as long as it is drawn; a click beside it closes it. */
export function Dialog({ name, kind, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    dialogs.value = [...dialogs.value, id];
    return () => {
      dialogs.value = dialogs.value.filter((other) => other !== id);
      // Closed, and not only taken away, it gives the focus back.
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={kind}
      aria-label={name}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // The browser closes it at a second Escape, whatever was said to the first.
      onClose={() => dialog.current?.isConnected && onClose()}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog-body">{children}</div>
      {dialogs.value.at(-1) === id && <Notes />}
    </dialog>
  );
}
