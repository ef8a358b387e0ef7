"use strict";
// Everything can be read without this script. It opens what an address names, marks
// its bytes, and says what one byte is.

const all = (selector) => [...document.querySelectorAll(selector)];
const said = document.getElementById("said");
const bytesOf = (part) => all(`code[data-part="${part}"] > i`);

function mark(bytes) {
  all("i.on").forEach((byte) => byte.classList.remove("on"));
  bytes.forEach((byte) => byte.classList.add("on"));
}

function reveal(element) {
  for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
}

// An address is a step, a group, or any run of bytes: #text, #text-2-5; one byte is read, too: #text-3-3.
function go() {
  const name = decodeURIComponent(location.hash.slice(1));
  const [, part, from, to] = /^(.+)-(\d+)-(\d+)$/.exec(name) ?? [];
  const bytes = part ? bytesOf(part).slice(Number(from), Number(to) + 1) : [];
  mark(bytes);
  const target = bytes[0]?.closest(".group") ?? document.getElementById(name);
  if (!target) return;
  reveal(target);
  target.scrollIntoView({block: bytes.length ? "center" : "start"});
  if (bytes.length === 1) tell(bytes[0]);
}

function tell(byte) {
  const {part} = byte.parentElement.dataset;
  const place = bytesOf(part).indexOf(byte);
  const value = parseInt(byte.textContent, 16);
  const bits = value.toString(2).padStart(8, "0").replace(/^.{4}/, "$& ");
  const sign = (code) => code > 0x1f && code < 0x7f ? ` = "${String.fromCharCode(code)}"` : "";
  const at = [...byte.parentElement.children].indexOf(byte);
  const key = byte.parentElement.dataset.mask?.slice(2 * at, 2 * at + 2);
  const plain = value ^ parseInt(key, 16);
  const shown = plain.toString(16).padStart(2, "0");
  mark([byte]);
  history.replaceState(null, "", `#${part}-${place}-${place}`);
  said.textContent = `${part}, byte ${place}: ${byte.textContent} = ${bits} = ${value}` +
    (key ? `; XOR ${key} = ${shown}${sign(plain)}` : sign(value));
}

// A square of the picture is a byte: it opens where that is explained.
function find({target, clientX, clientY}) {
  const {left, top, width} = target.ownerSVGElement.getBoundingClientRect();
  const [column, row] = [clientX - left, clientY - top].map((at) => Math.floor(at / width * 64));
  const place = 64 * row + column - target.dataset.start;
  location.hash = `${target.dataset.part}-${place}-${place}`;
}

document.addEventListener("click", (event) => {
  const {target} = event;
  if (target.matches(".group > code > i")) tell(target);
  else if (target.matches(".map > path")) find(event);
  else said.textContent = "";
});

// In a group that has the focus, the arrow keys go from byte to byte.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") said.textContent = "";
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!step || !event.target.matches(".group > code")) return;
  event.preventDefault();
  const bytes = [...event.target.children];
  const at = bytes.findIndex((byte) => byte.classList.contains("on"));
  const next = at < 0 && step < 0 ? bytes.length - 1 : at + step;
  tell(bytes[Math.min(Math.max(next, 0), bytes.length - 1)]);
});

const openAll = (open) => all("details").forEach((each) => { each.open = open; });
document.getElementById("open-all").onclick = ({target}) => {
  const open = target.textContent === "Open all";
  target.textContent = open ? "Close all" : "Open all";
  openAll(open);
};
document.getElementById("print-all").onclick = () => print();

let closed = [];  // what to close again when it is printed
window.onbeforeprint = () => { closed = all("details:not([open])"); openAll(true); };
window.onafterprint = () => closed.forEach((each) => { each.open = false; });

window.onhashchange = go;
go();
