// Numbers that components compute with, and those that the server sends in base64.

export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

export function fromBase64(text) {
  const letters = atob(text);
  const numbers = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place += 1) {
    numbers[place] = letters.charCodeAt(place);
  }
  return numbers;
}
