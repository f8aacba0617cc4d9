// Plays the stages of one step: each as a scene of the network picture, and in its equations and matrices. The picture
// is kept in view or, if the visitor is looking at the matrices, the first matrix of the stage.
// Highlights are in a separate style sheet, because Streamlit may redraw the elements that they apply to.
import { _ } from "../widgets/words.js";

const STAGE_MS = 2500;

const FRAME = `
  <section class="player">
    <div class="player_controls">
      <button type="button" class="play"></button>
      <button type="button" class="back">${_("Back")}</button>
      <button type="button" class="next">${_("Next")}</button>
      <ol class="player_stages"></ol>
    </div>
    <p role="status"><b></b> <span></span></p>
    <div class="player_equations" inert></div>
  </section>
  <style></style>`;

const players = new WeakMap();

const listed = (anchors, write) => anchors.map((anchor) => write(CSS.escape(anchor))).join(", ");

const play = (scene) => document.dispatchEvent(new CustomEvent("digit-lab-scene", { detail: scene }));

const equation = (id) => `.st-key-equations p:has(> a:first-child[href="#${id}"])`;

function highlight({ computed, used }) {
  const matrix = (id) => `#${id}`;
  const rules = [
    `${listed(computed, equation)} { background: var(--faint); box-shadow: -4px 0 0 var(--accent); }`,
    `${listed(computed, matrix)} { outline: 2px solid var(--accent); outline-offset: 4px; }`,
  ];
  if (used.length) rules.push(`${listed(used, matrix)} { outline: 2px dashed var(--muted); outline-offset: 4px; }`);
  return rules.join("\n");
}

function create(root) {
  root.innerHTML = FRAME;
  const part = (selector) => root.querySelector(selector);
  part(".player").ariaLabel = _("The step, stage by stage");
  const player = { stages: [], at: 0, timer: null };

  function draw() {
    const { stages, at, timer } = player;
    const stage = stages[at];
    part(".play").textContent = timer === null ? _("Play") : _("Pause");
    part(".back").setAttribute("aria-disabled", at === 0);
    part(".next").setAttribute("aria-disabled", at === stages.length - 1);
    part("b").textContent = _("{text}.", { text: stage.title });
    part("span").textContent = stage.text;
    [...part(".player_stages").children].forEach(({ firstChild }, index) => {
      firstChild.ariaCurrent = index === at ? "step" : null;
      firstChild.classList.toggle("done", index < at);
    });
    part("style").textContent = highlight(stage);
    // On a narrow screen the equations are out of view above the matrices, so the player repeats those of the stage.
    const equations = document.querySelectorAll(listed(stage.computed, equation));
    part(".player_equations").replaceChildren(...[...equations].map((each) => each.cloneNode(true)));
  }

  function show(at) {
    player.at = Math.max(0, Math.min(at, player.stages.length - 1));
    draw();
    play(player.stages[player.at].scene);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const isAtMatrices = document.querySelector(".st-key-matrices")?.getBoundingClientRect().top < innerHeight / 2;
    const looked = isAtMatrices ? `#${CSS.escape(player.stages[player.at].computed[0])}` : ".st-key-network_picture";
    document.querySelector(looked)?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
  }

  function pause() {
    clearTimeout(player.timer);
    player.timer = null;
    draw();
  }

  function follow() {
    player.timer = setTimeout(() => {
      show(player.at + 1);
      if (player.at < player.stages.length - 1) follow();
      else pause();
    }, STAGE_MS);
  }

  function start() {
    follow();
    show(player.at === player.stages.length - 1 ? 0 : player.at);
  }

  function jump(at) {
    pause();
    show(at);
  }

  part(".play").onclick = () => (player.timer === null ? start() : pause());
  part(".back").onclick = () => jump(player.at - 1);
  part(".next").onclick = () => jump(player.at + 1);
  part(".player").onkeydown = ({ key }) => {
    if (key === "ArrowLeft") jump(player.at - 1);
    if (key === "ArrowRight") jump(player.at + 1);
  };

  player.update = (stages) => {
    if (stages.length !== player.stages.length) {
      part(".player_stages").replaceChildren(
        ...stages.map(({ title }, index) => {
          const item = document.createElement("li");
          const button = document.createElement("button");
          button.type = "button";
          button.ariaLabel = _("{place} of {all}: {title}", { place: index + 1, all: stages.length, title });
          button.onclick = () => jump(index);
          item.append(button);
          return item;
        }),
      );
      clearTimeout(player.timer);
      Object.assign(player, { at: 0, timer: null });
      play(null);
    }
    player.stages = stages;
    draw();
  };
  player.end = () => clearTimeout(player.timer);
  return player;
}

export default function ({ parentElement, data }) {
  if (!players.has(parentElement)) players.set(parentElement, create(parentElement));
  const player = players.get(parentElement);
  player.update(data.stages);
  return player.end;
}
