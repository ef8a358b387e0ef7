// The frame lab without a kernel: what it knows is in this page alone.
const place = document.getElementById("frame-lab");
const known = {hex: place.dataset.hex, side: "client", server: false, examples: JSON.parse(place.dataset.examples)};
const model = {
  get: (name) => known[name],
  set: (name, value) => { known[name] = value; },
  save_changes() {},
  on() {},
  off() {},
};
render({model, el: place});
