/**
 * A modal dialog: the browser's own, which keeps the focus inside, closes on Escape, and gives the focus back.
 *
 * @module
 */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  name: string;
  kind: "panel" | "question";
  onClose: () => void;
  children: ComponentChildren;
}

/** Open as long as it is drawn; a click beside it closes it. */
export function Dialog({ name, kind, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Closed, and not only taken away, it gives the focus back.
    return () => element?.close();
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
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
