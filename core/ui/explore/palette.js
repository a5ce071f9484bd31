// The colours of the map, for a light and a dark page. Packed, a colour is the 32 bits of a pixel.

// Of groups, folders and the like, which have no order.
const CATEGORIES = {
  light: ["#b01e52", "#1f77b4", "#2a8a3e", "#b8660a", "#6a4fb3", "#0f8b8d", "#8a5a44", "#c2449b",
          "#6b7f00", "#4257c9", "#d1495b"],
  dark: ["#ff7aa8", "#6cb8f0", "#74d184", "#ffb457", "#b49cf5", "#4fd3d0", "#d3a48a", "#f291d4",
         "#c3d94f", "#93a5ff", "#ff8f8a"],
};
// Of dates and distances, which have one.
const SEQUENCE = {
  light: ["#b01e52", "#d4553c", "#d98a29", "#8fa052", "#5b93a0", "#8e9ab3"],
  dark: ["#ff5c93", "#ff8f66", "#f5c04d", "#a8cf7a", "#6fb3c4", "#6b7590"],
};
const OTHER = { light: "#b9b0a8", dark: "#5d5666" };
const NO_COLOUR = 255;
const FADED = 0.28;

// The colour schemes of pages whose ground is light or dark.
export function themeOf([red, green, blue]) {
  return 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "dark" : "light";
}

// As CSS, the colour with a number; 255 is that of what has none.
export function colourOf(number, theme, isOrdered) {
  const colours = (isOrdered ? SEQUENCE : CATEGORIES)[theme];
  return number === NO_COLOUR ? OTHER[theme] : colours[number % colours.length];
}

// The packed colours by their numbers, 0 to 255.
export function paletteOf(theme, isOrdered) {
  const palette = new Uint32Array(256).fill(fromHex(OTHER[theme]));
  const colours = (isOrdered ? SEQUENCE : CATEGORIES)[theme];
  colours.forEach((colour, number) => (palette[number] = fromHex(colour)));
  return palette;
}

// What is not chosen: nearer to the ground.
export function fadedPalette(palette, ground) {
  const under = unpacked(ground);
  return palette.map((colour) =>
    packed(...unpacked(colour).map((part, place) =>
      Math.round(FADED * part + (1 - FADED) * under[place]),
    )),
  );
}

export function packed(red, green, blue) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

export function cssOf(colour) {
  return `rgb(${unpacked(colour).join(" ")})`;
}

function unpacked(colour) {
  return [0, 8, 16].map((shift) => (colour >> shift) & 255);
}

function fromHex(colour) {
  return packed(...[1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16)));
}
