// What is said of a picture of a set.

export function sizeText({ width, height, size }) {
  return `${width} × ${height} px, ${size}`;
}

// What it is in its set, empty for most.
export function roleText({ keep, version }) {
  if (keep) return "Keep: ";
  return version ? "Version: " : "";
}
