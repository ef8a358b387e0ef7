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
  said.textContent = "";
  const name = decodeURIComponent(location.hash.slice(1));
  const [, part, from, to] = /^(.+)-(\d+)-(\d+)$/.exec(name) ?? [];
  const bytes = part ? bytesOf(part).slice(Number(from), Number(to) + 1) : [];
  mark(bytes);
  const target = bytes[0]?.closest(".group") ?? document.getElementById(name);
  if (!target) return;
  reveal(target);
  target.scrollIntoView({block: bytes.length ? "center" : "start"});
  if (bytes.length !== 1) return;
  tell(bytes[0]);
  bytes[0].parentElement.focus({preventScroll: true});  // the arrow keys go on from here
}

// What one byte is: its field, and what it says, if that is text.
function read(byte) {
  const row = byte.parentElement, at = [...row.children].indexOf(byte);
  const field = row.closest(".group").querySelector(row.matches(".payload") ? "b" : "samp, b").textContent;
  const value = parseInt(byte.textContent, 16), key = row.dataset.mask?.slice(2 * at, 2 * at + 2);
  const plain = key ? value ^ parseInt(key, 16) : value;
  const text = row.matches(".payload") || ["request", "response"].includes(row.dataset.part);
  const sign = text && plain > 0x1f && plain < 0x7f ? ` = "${String.fromCharCode(plain)}"` : "";
  return {field, value, key, plain: plain.toString(16).padStart(2, "0"), sign};
}

function tell(byte) {
  const {part} = byte.parentElement.dataset, place = bytesOf(part).indexOf(byte);
  const {field, value, key, plain, sign} = read(byte);
  const bits = value.toString(2).padStart(8, "0").replace(/^.{4}/, "$& ");
  sliding = false;
  mark([byte]);
  history.replaceState(null, "", `#${part}-${place}-${place}`);
  said.textContent = `${field} · byte ${place}: ${byte.textContent} = ${bits} = ${value}` +
    (key ? `; XOR ${key} = ${plain}` : "") + sign;
}

// A square of the picture is a byte. Under the pointer it says what it is; a tap opens where that is explained.
const map = document.querySelector(".map"), here = map.querySelector(".here");
function square({clientX, clientY}) {
  const {left, top, width} = map.getBoundingClientRect();
  const [column, row] = [clientX - left, clientY - top].map((at) => Math.floor(at / width * 64));
  if (row < 0 || column < 0 || column > 63) return {};  // a finger that has slid out of it
  const path = [...map.querySelectorAll("path")].findLast(({dataset}) => dataset.start <= 64 * row + column);
  return {column, row, part: path.dataset.part, place: 64 * row + column - path.dataset.start};
}
let sliding = false;  // whether the bar speaks of what is under the pointer
map.onpointerdown = map.onpointermove = (event) => {
  sliding = true;
  const {column, row, part, place} = square(event), byte = part && bytesOf(part)[place];
  here.toggleAttribute("hidden", !byte);
  here.setAttribute("transform", `translate(${6 * column} ${6 * row})`);
  if (!byte) return void (said.textContent = "");
  const {field, key, plain, sign} = read(byte), step = byte.closest(".step");
  const who = step.matches(".up") ? "client" : "server", title = step.querySelector(".what b").textContent;
  said.textContent = `${who} · ${title} · ${field} · ${byte.textContent}` + (key ? `, unmasked ${plain}` : "") + sign;
};
map.onpointerleave = ({pointerType}) => {
  if (pointerType === "touch") return;  // whoever lifts the finger wants to read
  here.toggleAttribute("hidden", true);
  if (sliding) said.textContent = "";
};
map.onclick = (event) => {
  const {part, place} = square(event), name = `#${part}-${place}-${place}`;
  if (!part || !bytesOf(part)[place]) return;
  if (location.hash === name) go();
  else location.hash = name;
};

document.addEventListener("click", ({target}) => {
  if (target.matches(".group > code > i")) tell(target);
  else if (!target.closest(".map")) said.textContent = "";
});

// In a group that has the focus, the arrow keys go from byte to byte.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") said.textContent = "";
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!step || !event.target.matches(".group > code")) return;
  event.preventDefault();
  const own = [...event.target.children], bytes = bytesOf(event.target.dataset.part);
  const marked = own.find((byte) => byte.classList.contains("on"));
  const at = marked ? bytes.indexOf(marked) + step : bytes.indexOf(own.at(step < 0 ? -1 : 0));
  const next = bytes[Math.min(Math.max(at, 0), bytes.length - 1)];
  next.parentElement.focus();
  tell(next);
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
