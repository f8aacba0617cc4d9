// Helpers for the elements that our scripts create, and the text in them.

export const element = (tag, className, parent, text = "") => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  parent?.append(made);
  return made;
};

export const escaped = (text) => String(text).replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);

// Skip text that has not changed: writing it would make the browser work for nothing, ten times a second.
export const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
