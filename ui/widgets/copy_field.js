// A text to copy, in a one-line field with a button. `data` is described in task_panel.py.

const LATE = 4000; // ms after a press within which a new text is copied too: it was still on its way

async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch { // without https, browsers offer no clipboard
    field.select();
    document.execCommand("copy");
  }
}

export default function ({ data, parentElement }) {
  if (!parentElement.field) {
    const root = document.createElement("div");
    root.className = "copy_field";
    root.innerHTML = '<input readonly><button type="button"></button><span role="status"></span>';
    parentElement.append(root);
    [parentElement.field, parentElement.button, parentElement.said] = root.children;
    parentElement.field.addEventListener("focus", () => parentElement.field.select());
    parentElement.button.addEventListener("click", async () => {
      parentElement.pressed = performance.now();
      await copy(parentElement.field);
      parentElement.said.textContent = parentElement.copied;
    });
  }
  const { field, button, said, pressed } = parentElement;
  parentElement.copied = data.copied;
  field.ariaLabel = data.label;
  button.textContent = data.button;
  if (field.value === data.text) return;
  field.value = data.text;
  if (performance.now() - (pressed ?? -Infinity) < LATE) copy(field);
  else said.textContent = "";
}
