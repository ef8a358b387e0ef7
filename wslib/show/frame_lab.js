// The frame lab: one frame of RFC 6455, section 5.2, to type, to paste, to break.
//
// It reads and writes frames by itself, so it answers at once, and runs where no kernel
// does. `judge` says what wslib.frames says, in the same words; a test compares them.

const NAMES = {0: "CONTINUATION", 1: "TEXT", 2: "BINARY", 8: "CLOSE", 9: "PING", 10: "PONG"};
const count = (n) => `${n.toLocaleString("en-US")} byte${n === 1 ? "" : "s"}`;
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
const utf8 = (text) => new TextEncoder().encode(text);
const loose = (bytes) => new TextDecoder("utf-8", {ignoreBOM: true}).decode(bytes);
const xor = (bytes, key) => key ? bytes.map((byte, i) => byte ^ key[i % 4]) : bytes;

/** Return the bytes that somebody wrote in hexadecimal digits, in any of the usual ways. */
export function fromHex(text) {
  const digits = text.replace(/(0x)([0-9a-f])(?![0-9a-f])/gi, "$10$2").replace(/0x|\\x|[\s,;:]/gi, "");
  const stranger = /[^0-9a-f]/i.exec(digits);
  if (stranger) throw new Error(`'${stranger[0]}' is no hexadecimal digit: 0 to 9 and a to f, two to a byte`);
  if (digits.length % 2) throw new Error("half a byte is left over: two digits make a byte");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Take a frame apart as far as it has come, legal or not. */
export function readFrame(bytes) {
  const short = bytes[1] & 0x7f;
  const form = {126: 2, 127: 8}[short] ?? 0;
  const masked = Boolean(bytes[1] & 0x80);
  let length = BigInt(short || 0);
  if (form && bytes.length >= 2 + form) length = bytes.slice(2, 2 + form).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
  const start = 2 + form + (masked ? 4 : 0);
  const key = masked && bytes.length >= start ? bytes.slice(start - 4, start) : null;
  const size = start + Number(length);
  const wire = bytes.slice(start, size);
  return {fin: Boolean(bytes[0] & 0x80), rsv: bytes[0] >> 4 & 7, opcode: bytes[0] & 0xf, masked, short, form, length, start, size, key,
    extended: bytes.slice(2, 2 + form), wire, payload: xor(wire, key), complete: bytes.length >= size && bytes.length >= 2};
}

/** Return the bytes of a frame. `form` is how many bytes the extended length takes; null for as few as will do. */
export function writeFrame({fin = true, rsv = 0, opcode = 1, payload = new Uint8Array(), key = null, form = null}) {
  const length = payload.length;
  form ??= length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const header = [fin << 7 | rsv << 4 | opcode, (key ? 0x80 : 0) | ({2: 126, 8: 127}[form] ?? length)];
  for (let i = form - 1; i >= 0; i--) header.push(Number(BigInt(length) >> BigInt(8 * i) & 0xffn));
  return Uint8Array.from([...header, ...(key ?? []), ...xor(payload, key)]);
}

/** Return the rule of framing that these bytes break, as {message, section, code}, or null. */
function brokenRule(bytes, frame, side) {
  const broken = (message, section, code = 1002) => ({message, section, code});
  if (bytes.length < 2) return null;
  if (frame.rsv) return broken("a reserved bit is set, with no extension", "5.2");
  const name = NAMES[frame.opcode], control = frame.opcode >= 8;
  if (!name) return broken(`opcode ${frame.opcode} is reserved`, "5.2");
  if (control && !frame.fin) return broken("control frames must not be fragmented", "5.5");
  if (control && frame.short > 125) return broken(`a ${name} frame carries at most 125 bytes`, "5.5");
  if (side === "client" && !frame.masked) return broken("a client masks every frame", "5.1");
  if (side === "server" && frame.masked) return broken("a server masks no frame", "5.1");
  if (bytes.length < 2 + frame.form) return null;
  if (frame.length >> 63n) return broken("the top bit of a 64-bit length must be 0", "5.2");
  if (frame.form && frame.length < {2: 126n, 8: 0x10000n}[frame.form])
    return broken(`length ${frame.length} is not written in the minimal number of bytes`, "5.2");
  if (!frame.complete || frame.opcode !== 8 || !frame.payload.length) return null;
  if (frame.payload.length === 1) return broken("a Close frame's code takes 2 bytes", "5.5.1");
  const code = frame.payload[0] << 8 | frame.payload[1];
  const registered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  if (!registered && !(code >= 3000 && code <= 4999)) return broken(`close code ${code} may not be sent`, "7.4");
  return isUtf8(frame.payload.slice(2), true) ? null : broken("the reason of a Close frame is UTF-8", "8.1", 1007);
}

function isUtf8(bytes, whole) {
  try {
    new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(bytes, {stream: !whole});
    return true;
  } catch {
    return false;
  }
}

/** Say whether these bytes are a legal frame from this side, and if not, which rule they break. */
export function judge(bytes, side) {
  const rule = ({message, section, code}) => `${message}. RFC 6455, section ${section}; close code ${code}.`;
  const frame = readFrame(bytes);
  const broken = brokenRule(bytes, frame, side);
  if (broken) return `✗ broken: ${rule(broken)}`;
  if (!frame.complete) return "○ not complete: more bytes are needed.";
  const rest = bytes.length - frame.size;
  let said = `✓ a legal frame of ${count(frame.size)}.`;
  if (rest) said += ` ${count(rest)} more follow${rest === 1 ? "s" : ""} it.`;
  if (frame.opcode === 1 && !isUtf8(frame.payload, frame.fin))
    said += ` ✗ But no legal message: ${rule({message: "text is UTF-8", section: "8.1", code: 1007})}`;
  return said;
}

// --- what is seen -------------------------------------------------------------------

// The same cells, groups and classes as in strip.py, whose style sheet dresses them.
const AT_ONCE = 8, FIRST = 32, LAST = 16;
const HEAD = [[["FIN", 1], ["RSV1-3", 3], ["opcode", 4]], [["MASK", 1], ["Payload len", 7]]];

function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  const {data, aria, ...rest} = options;
  Object.assign(element, rest);
  Object.assign(element.dataset, data);
  Object.entries(aria ?? {}).forEach(([name, value]) => element.setAttribute(`aria-${name}`, value));
  element.append(...children);
  return element;
}

const table = (...rows) => make("table", {}, make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells))));
const cell = (className, ...inside) => make("td", {className}, ...inside);
const hex = (bytes) => (place) => toHex([bytes[place]]);

/** Return the character that begins at a byte; nothing inside of one, a dot where none can be seen. */
function sign(bytes, place) {
  let start = place;
  while (start > place - 3 && bytes[start] >> 6 === 2) start--;
  const lead = bytes[start], size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const some = bytes.slice(start, start + size);
  if (place >= start + size || !isUtf8(some, true)) return "·";
  if (start < place) return "";
  const char = loose(some);
  return char === " " ? "␣" : /^\p{M}/u.test(char) ? `◌${char}` : /^[\p{L}\p{N}\p{P}\p{S}]/u.test(char) ? char : "·";
}

/** Return one of the first two bytes: its bits, and the names of its fields; `turn` makes the button of a bit. */
function drawBits(byte, place, notes, turn) {
  const bits = [], names = [];
  for (const [name, width] of HEAD[place]) {
    const className = `f${3 * place + names.length}`;
    for (let i = 0; i < width; i++) bits.push(cell(className, turn ? turn(place, bits.length, name) : String(byte >> 7 - bits.length & 1)));
    names.push(make("td", {className, colSpan: width}, make("span", {}, name, make("small", {}, notes[name] ?? ""))));
  }
  return make("div", {className: "field head octet"}, table([make("th", {colSpan: 8, scope: "colgroup"}, toHex([byte]))], bits, names));
}

/** Return some bytes of a field, eight to a table. A row is its head, what it shows at a place, whether that is the key. */
function drawTables(rows, start, end) {
  const tables = [];
  for (let at = start; at < end; at += AT_ONCE) {
    const places = Array.from({length: Math.min(AT_ONCE, end - at)}, (_, i) => at + i);
    tables.push(table(...rows.map(([head, show, key]) =>
      [...(head ? [make("th", {scope: "row"}, head)] : []), ...places.map((place) => cell(key ? `k${place % 4}` : "", show(place)))])));
  }
  return tables;
}

/** Return one field: its cells, a bracket, its name and its value. */
function drawField(kind, number, name, size, rows, value) {
  const tail = size - LAST, long = size > FIRST + LAST + AT_ONCE;
  const more = make("div", {className: "more"}, `… ${(tail - FIRST).toLocaleString("en-US")} more …`);
  const cells = long ? [...drawTables(rows, 0, FIRST), more, ...drawTables(rows, tail, size)] : drawTables(rows, 0, size);
  return make("div", {className: `field ${kind} f${number}`}, make("div", {className: "cells"}, ...cells),
    make("div", {className: "word"}, name, make("small", {}, value)));
}

/** Return a frame as fields side by side; of a masked payload, the key stands over what was sent, over what was meant. */
function drawFrame(bytes, turn = null) {
  const frame = readFrame(bytes), {key, wire, payload, opcode} = frame;
  const strip = make("div", {className: "bytes"});
  const add = (kind, number, name, some, value, rows = [["", hex(some), kind === "key"]]) => {
    if (some.length) strip.append(drawField(kind, number, name, some.length, rows, value));
  };
  const notes = {opcode: NAMES[opcode] ?? "reserved", "Payload len": String(frame.short)};
  bytes.slice(0, 2).forEach((byte, place) => strip.append(drawBits(byte, place, notes, turn)));
  add("length", 5, "Extended payload length", frame.extended, frame.length.toLocaleString("en-US"));
  add("key", 6, "Masking-key", key ?? [], "its bytes take turns");
  const close = opcode === 8 && payload.length > 1;
  const said = close ? `${payload[0] << 8 | payload[1]} ${loose(payload.slice(2))}` : count(wire.length);
  const text = (place) => close && place < 2 ? "" : sign(payload, place);
  const rows = key ? [["key", (place) => toHex([key[place % 4]]), true], ["⊕ sent", hex(wire)], ["= hex", hex(payload)], ["text", text]] : [["", hex(wire)], ["", text]];
  add("payload", 7, close ? "Close: code, reason" : "Payload data", wire, said, rows);
  add("rest", 8, "after the frame", bytes.slice(frame.size), "");
  return make("div", {className: "ws-strip"}, strip);
}

// What a legal frame is in its message, by its opcode; with FIN, or where no FIN may be missing.
const WHOLE = {0: "It continues a message, and ends it.", 1: "A whole text message.", 2: "A whole binary message.",
  8: "A Close: this side's last frame.", 9: "A Ping: it asks for a Pong.", 10: "A Pong: the answer to a Ping, or unasked."};
const RULES = 12;

/** Say what stands behind the verdict: what is still to come, or what part the frame plays. */
function aside(bytes, words) {
  const frame = readFrame(bytes);
  if (words.startsWith("○")) return bytes.length < 2 + frame.form ? "" : `${count(frame.size - bytes.length)} to come.`;
  if (words.includes("✗")) return "";
  return frame.fin ? WHOLE[frame.opcode] : `${frame.opcode ? "It begins a message" : "It continues a message"}: more is to come.`;
}

const SIZES = [125, 126, 65_535, 65_536];
const OPCODES = Array.from({length: 16}, (_, i) => make("option", {value: i}, `${i.toString(16)} ${NAMES[i] ?? "reserved"}`));

function render({model, el}) {
  let bytes = new Uint8Array(), waiting = 0, asked = "", own = false;

  /** Tell the model, which calls back at once: that is no news to us. */
  function set(name, value) {
    own = true;
    model.set(name, value);
    own = false;
    model.save_changes();
  }

  const labelled = (words, control, name = words) => {
    control.setAttribute("aria-label", name);
    return make("label", {}, words, control);
  };
  const select = (options, change) => make("select", {onchange: change}, ...options);
  const button = (words, press) => make("button", {type: "button", onclick: press}, words);
  const option = ([value, words]) => make("option", {value}, words);

  // Of a Close, what is said stands behind the code, which is 1000 if there is none.
  const codeOf = ({opcode, payload}) => opcode !== 8 ? [] : payload.length > 1 ? payload.slice(0, 2) : [3, 232];
  const text = make("input", {type: "text", spellcheck: false,
    oninput: () => rebuild({payload: Uint8Array.from([...codeOf(readFrame(bytes)), ...utf8(text.value)])})});
  const opcode = select(OPCODES.map((each) => each.cloneNode(true)), () => rebuild({opcode: Number(opcode.value)}));
  const side = select([["client", "a client"], ["server", "a server"]].map(option), () => {
    set("side", side.value);
    rebuild({key: side.value === "client" ? readFrame(bytes).key ?? newKey() : null});
  });
  const form = select([[0, "7 bits"], [2, "7 + 16 bits"], [8, "7 + 64 bits"]].map(option), () => rebuild({form: Number(form.value)}));
  const hex = make("textarea", {rows: 2, spellcheck: false, oninput: typed});
  const strip = make("div", {role: "group", aria: {label: "The frame: press a bit to turn it over"}});
  const verdict = make("p", {className: "verdict", role: "status"}), more = make("p", {className: "aside", role: "status"});
  const broken = new Map();  // rules, by their words without numbers and names
  const tally = make("summary"), list = make("ul");
  const send = button("", () => {
    waiting = setTimeout(() => tell({error: "No answer from the kernel: is it busy, or has it stopped?"}), 10_000);
    send.disabled = true;
    answer.replaceChildren("…");
    asked = toHex(bytes);
    model.send({hex: asked});
  });
  const answer = make("div", {role: "status"});
  const examples = select([option(["", "an example …"])], () => {
    const example = fromHex(examples.value);
    examples.value = "";  // so that it can be picked again
    set("side", example[1] & 0x80 ? "client" : "server");  // whoever masks is a client
    put(example);
  });
  Object.entries(model.get("examples") ?? {}).forEach(([name, digits]) => examples.append(make("option", {value: digits}, name)));

  function newKey() {
    return crypto.getRandomValues(new Uint8Array(4));
  }

  /** Write the frame anew, with something changed; what is not named stays as it is. */
  function rebuild(changed) {
    const {fin, rsv, opcode, masked, key, payload} = readFrame(bytes);
    const now = bytes.length < 2 ? {key: side.value === "client" ? newKey() : null}
      : {fin, rsv, opcode, payload, key: masked ? key ?? newKey() : null};
    put(writeFrame({...now, ...changed}), changed.payload && text);
  }

  function typed() {
    try {
      put(fromHex(hex.value), hex);
    } catch (error) {
      verdict.textContent = `○ ${error.message}.`;
      verdict.dataset.mark = "○";
      strip.className = "stale";
      more.textContent = "";
    }
  }

  /** Show these bytes; the control in which somebody types is left alone. */
  function put(next, typing = null) {
    bytes = next;
    const said = toHex(bytes);
    if (model.get("hex") !== said) set("hex", said);
    show(typing);
  }

  function show(typing = null) {
    const frame = readFrame(bytes);
    if (asked !== toHex(bytes)) answer.replaceChildren();  // it was about other bytes
    side.value = model.get("side");
    opcode.value = bytes.length ? frame.opcode : "";
    form.value = frame.form;
    form.options[0].disabled = frame.payload.length > 125;
    form.options[1].disabled = frame.payload.length > 0xffff;
    if (typing !== text) text.value = loose(frame.payload.slice(codeOf(frame).length));
    if (typing !== hex) hex.value = toHex(bytes);
    const focused = strip.contains(document.activeElement) ? document.activeElement.dataset.bit : null;
    strip.className = "";
    strip.replaceChildren(drawFrame(bytes, turn));
    strip.querySelector(`[data-bit="${focused}"]`)?.focus();
    const words = judge(bytes, side.value);
    verdict.dataset.mark = words.includes("✗") ? "✗" : words[0];
    verdict.textContent = words;
    const rule = /✗ [^:]*: ([^.]*)/.exec(words);
    const name = rule?.[1].replace(/\d+|[A-Z]{4,}/g, "");
    if (rule && !broken.has(name)) broken.set(name, rule[1]);
    more.textContent = aside(bytes, words);
    tally.textContent = `Rules broken so far: ${broken.size} of ${RULES}${broken.size === RULES ? ": all of them" : ""}`;
    list.replaceChildren(...[...broken.values()].map((each) => make("li", {}, each)));
    send.textContent = `Send it to the server${side.value === "server" ? ", which takes you for a client" : ""}`;
    key.disabled = !frame.key;
  }

  /** Return the button that turns a bit over. */
  function turn(place, bit, name) {
    const value = bytes[place] >> 7 - bit & 1;
    const pressed = button(String(value), () => put(bytes.map((byte, i) => i === place ? byte ^ 0x80 >> bit : byte)));
    pressed.dataset.bit = 8 * place + bit;
    pressed.setAttribute("aria-label", `${name === "RSV1-3" ? `RSV${bit}` : name}, bit ${bit} of byte ${place}: ${value}`);
    return pressed;
  }

  function tell({error, frames = [], ended = false}) {
    clearTimeout(waiting);
    send.disabled = false;
    if (asked === toHex(bytes)) answer.replaceChildren(...frames.map((each) => make("div", {}, "◀ server", drawFrame(fromHex(each)))),
      make("p", {}, error || (frames.length ? "" : "Nothing came back. ") + (ended ? "Then the server closed TCP." : "The connection stays open.")));
  }

  const key = button("New masking key", () => rebuild({key: newKey()}));
  const fill = SIZES.map((size) => button(count(size), () => {
    const {payload} = readFrame(bytes);
    const seed = payload.length ? payload : utf8("*");
    rebuild({payload: Uint8Array.from({length: size}, (_, i) => seed[i % seed.length])});
  }));
  const lab = make("div", {className: "frame-lab", role: "group"},
    make("div", {className: "row"}, labelled("Say", text), labelled("as", opcode, "opcode"), labelled("from", side, "who sends it"), examples),
    make("div", {className: "row"}, labelled("length in", form), ...fill, key),
    verdict, more, strip, make("details", {}, tally, list), labelled("hex", hex), make("div", {className: "row"}, send), answer);
  lab.setAttribute("aria-label", "Frame lab");
  examples.setAttribute("aria-label", "Examples");
  examples.hidden = examples.length < 2;
  send.hidden = !model.get("server");
  el.append(lab);

  const changed = () => {
    if (own) return;
    if (toHex(bytes) !== model.get("hex")) bytes = fromHex(model.get("hex"));
    show();
  };
  model.on("change:hex", changed);
  model.on("change:side", changed);
  model.on("msg:custom", tell);
  bytes = fromHex(model.get("hex"));
  show();
  return () => {
    model.off("change:hex", changed);
    model.off("change:side", changed);
    model.off("msg:custom", tell);
  };
}

export default {render};
