// A confusion matrix in which every cell is a button. The table is a single tab stop: the arrow keys move from cell to
// cell, Enter selects one, Escape clears the selection. A redraw updates only the cells that changed.
import { write } from "../widgets/elements.js";
import { _, ngettext, whole } from "../widgets/words.js";
import { report } from "../workarounds/separate_reports.js";

const grids = new WeakMap();

const element = (parent, name, className, attributes = {}) => {
  const made = parent.appendChild(document.createElement(name));
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

const DIGITS = {
  title: _("Confusion matrix of digits: true labels in rows, readings in columns"),
  hint: _("Rows: true label. Columns: reading. Pick a cell to see its digits."),
  recall: _("Recall: the share of a class's digits that were read correctly"),
  right: (count, of) => ngettext("{count} digit: read {read}, correctly.", "{count} digits: read {read}, correctly.", count, of),
  wrong: (count, of) => ngettext("{count} digit: read {read}, really {truth}.", "{count} digits: read {read}, really {truth}.", count, of),
  recalled: (count, of) =>
    ngettext("Recall: of {count} digit labelled {name}, {right} read correctly.", "Recall: of {count} digits labelled {name}, {right} read correctly.", count, of),
  precise: (count, of) =>
    ngettext("Precision: of {count} digit read as {name}, {right} correct.", "Precision: of {count} digits read as {name}, {right} correct.", count, of),
  accuracy: (of) => _("Accuracy: {accuracy} of all digits read correctly.", of),
};

const IMAGES = {
  title: _("Confusion matrix of images: true labels in rows, readings in columns"),
  hint: _("Rows: true label. Columns: reading. Pick a cell to see its images."),
  recall: _("Recall: the share of a class's images that were read correctly"),
  right: (count, of) => ngettext("{count} image: read {read}, correctly.", "{count} images: read {read}, correctly.", count, of),
  wrong: (count, of) => ngettext("{count} image: read {read}, really {truth}.", "{count} images: read {read}, really {truth}.", count, of),
  recalled: (count, of) =>
    ngettext("Recall: of {count} image labelled {name}, {right} read correctly.", "Recall: of {count} images labelled {name}, {right} read correctly.", count, of),
  precise: (count, of) =>
    ngettext("Precision: of {count} image read as {name}, {right} correct.", "Precision: of {count} images read as {name}, {right} correct.", count, of),
  accuracy: (of) => _("Accuracy: {accuracy} of all images read correctly.", of),
};

const short = (count) => (count < 10000 ? String(count) : `${Math.round(count / 1000)}k`);

const sentence = (texts, count, truth, read) => texts[truth === read ? "right" : "wrong"](count, { count: whole(count), truth, read });

function build(root, classes, texts) {
  root.replaceChildren();
  const longest = Math.max(...classes.map((name) => name.length));
  const table = element(root, "table", "confusion", {
    role: "grid",
    "aria-label": texts.title,
    "data-size": classes.length <= 12 ? "few" : classes.length <= 26 ? "some" : "many",
    "data-names": longest > 2 ? "long" : "short",
    style: `--classes: ${classes.length}`,
  });
  const columns = element(table, "colgroup");
  element(columns, "col", "names");
  classes.forEach(() => element(columns, "col"));
  element(columns, "col", "shares");

  const head = element(element(table, "thead"), "tr");
  const corner = element(head, "td", "corner");
  element(corner, "span").textContent = _("read as →");
  element(corner, "span").textContent = _("really ↓");
  const named = (parent, scope, name, title) => {
    element(element(parent, "th", "", { scope, title }), "span").textContent = name;
  };
  classes.forEach((name) => named(head, "col", name, name));
  named(head, "col", _("recall %"), texts.recall);

  const body = element(table, "tbody");
  const cells = classes.map((truth, row) => {
    const line = element(body, "tr");
    named(line, "row", truth, truth);
    const buttons = classes.map((read, column) => {
      const cell = element(line, "td", row === column ? "right" : "wrong", { role: "gridcell" });
      return element(cell, "button", "", { type: "button", tabindex: "-1", "data-cell": `${row} ${column}` });
    });
    return { buttons, recall: element(line, "td", "share") };
  });
  const foot = element(element(table, "tfoot"), "tr");
  named(foot, "row", _("precision %"), _("Precision: the share of a class's readings that are correct"));
  const precisions = classes.map(() => element(foot, "td", "share"));
  const accuracy = element(foot, "td", "share all");
  const caption = element(root, "p", "note cell_caption", { "aria-hidden": "true" });
  return { table, classes, cells, precisions, accuracy, caption, head, texts, stop: [0, 0] };
}

// Describe the cell under the pointer or the focus, and highlight its row and column headers.
function describe(grid, place) {
  grid.table.querySelectorAll("th.on").forEach((header) => header.classList.remove("on"));
  const { classes, data, texts } = grid;
  if (!place) {
    write(grid.caption, texts.hint);
    return;
  }
  const [row, column] = place;
  const total = (counts) => counts.reduce((sum, count) => sum + count, 0);
  if (row < classes.length && column < classes.length) {
    write(grid.caption, sentence(texts, data.counts[row][column], classes[row], classes[column]));
  } else if (row < classes.length) {
    const all = total(data.counts[row]);
    write(grid.caption, texts.recalled(all, { count: whole(all), name: classes[row], right: whole(data.counts[row][row]) }));
  } else if (column < classes.length) {
    const all = total(data.counts.map((counts) => counts[column]));
    write(grid.caption, texts.precise(all, { count: whole(all), name: classes[column], right: whole(data.counts[column][column]) }));
  } else {
    write(grid.caption, texts.accuracy({ accuracy: data.accuracy_interval }));
  }
  grid.table.querySelectorAll("tbody th, tfoot th")[row].classList.add("on");
  grid.head.querySelectorAll("th")[column].classList.add("on");
}

const position = (target) => {
  const cell = target.closest?.("td:not(.corner)");
  return cell ? [cell.parentElement.rowIndex - 1, cell.cellIndex - 1] : null;
};

function move(grid, [row, column], focus) {
  const last = grid.classes.length - 1;
  const stop = [Math.min(Math.max(row, 0), last), Math.min(Math.max(column, 0), last)];
  grid.cells[grid.stop[0]].buttons[grid.stop[1]].tabIndex = -1;
  const button = grid.cells[stop[0]].buttons[stop[1]];
  button.tabIndex = 0;
  grid.stop = stop;
  if (focus) button.focus();
}

function listen(grid) {
  const { table } = grid;
  table.addEventListener("pointerover", (event) => describe(grid, position(event.target)));
  table.addEventListener("pointerleave", () => describe(grid, null));
  table.addEventListener("focusin", (event) => describe(grid, position(event.target)));
  table.addEventListener("focusout", () => describe(grid, null));
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const cell = button.dataset.cell.split(" ").map(Number);
    move(grid, cell, false);
    grid.choose(cell);
  });
  table.addEventListener("keydown", (event) => {
    const [row, column] = grid.stop;
    const last = grid.classes.length - 1;
    const ways = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: event.ctrlKey ? [0, 0] : [row, 0],
      End: event.ctrlKey ? [last, last] : [row, last],
    };
    if (event.key in ways) move(grid, ways[event.key], true);
    else if (event.key === "Escape" && grid.chosen) grid.choose(grid.chosen);
    else return;
    event.preventDefault();
  });
}

function mark(grid, chosen) {
  grid.chosen = chosen;
  const before = grid.table.querySelector("[aria-selected=true]");
  const now = chosen && grid.cells[chosen[0]].buttons[chosen[1]].parentElement;
  if (before === now) return;
  before?.setAttribute("aria-selected", "false");
  now?.setAttribute("aria-selected", "true");
}

function fill(grid, data) {
  grid.data = data;
  const { classes } = grid;
  data.counts.forEach((counts, row) => {
    const all = counts.reduce((sum, count) => sum + count, 0) || 1;
    counts.forEach((count, column) => {
      const button = grid.cells[row].buttons[column];
      // Rare mistakes must stay visible: their shade grows with the square root and starts above the background.
      const part = count / all;
      const shade = row === column ? 3 + 17 * part : count ? Math.min(50, 10 + 75 * Math.sqrt(part)) : 0;
      const state = `${count} ${shade.toFixed(0)}`;
      if (button.dataset.state === state) return;
      button.dataset.state = state;
      button.style.setProperty("--shade", `${shade.toFixed(0)}%`);
      button.setAttribute("aria-label", sentence(grid.texts, count, classes[row], classes[column]));
      write(button, count ? short(count) : "");
    });
    write(grid.cells[row].recall, data.recall[row]);
    write(grid.precisions[row], data.precision[row]);
  });
  write(grid.accuracy, data.accuracy);
  mark(grid, data.chosen);
}

export default function ({ parentElement, data, setTriggerValue }) {
  let grid = grids.get(parentElement);
  if (!grid || grid.classes.join("\n") !== data.classes.join("\n")) {
    parentElement.querySelector(".confusion_root")?.remove();
    grid = build(element(parentElement, "div", "confusion_root"), data.classes, data.is_of_digits ? DIGITS : IMAGES);
    grids.set(parentElement, grid);
    fill(grid, data);
    listen(grid);
    move(grid, data.chosen ?? [0, 0], false);
    describe(grid, null);
  } else {
    fill(grid, data);
    const here = grid.table.querySelector("td:hover, td:focus-within");
    if (here) describe(grid, position(here));
  }
  grid.choose = (cell) => {
    const same = grid.chosen?.join() === cell.join();
    mark(grid, same ? null : cell); // immediately, before the server responds
    // Send the resulting selection, not the click: a fragment rerun may deliver it twice.
    report(setTriggerValue, "cell", same ? [] : cell);
  };
}
