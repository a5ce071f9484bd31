// What is painted on the canvas of the map. Places are in pixels of the page.

import { discOffsets } from "./points.js";

// Fills an image with points: discs of opaque pixels, which is much faster than drawing shapes.
// Returns the rows in sight, a few more than the most.
//
// Args: the pixels, { pixels, width, height, ground }; the points, { xs, ys, numbers } with the
// number of the colour of each; in pixels of the image, the place of the origin of the map, the
// scale and the radius; the palettes of two passes, which of them each row takes part in, or null
// for the last alone.
export function paintPoints(image, points, { left, top, scale, radius }, palettes, passes, most) {
  const { pixels, width, height } = image;
  const { xs, ys, numbers } = points;
  pixels.fill(image.ground);
  const disc = discOffsets(radius, width);
  const edge = Math.ceil(radius);
  const sight = [];
  for (let pass = passes ? 0 : 1; pass < 2; pass += 1) {
    for (let row = 0; row < xs.length; row += 1) {
      if (passes && passes[row] !== pass) continue;
      const across = Math.round(left + xs[row] * scale);
      const down = Math.round(top + ys[row] * scale);
      if (across < edge || down < edge || across >= width - edge || down >= height - edge) continue;
      if (sight.length <= most) sight.push(row);
      const colour = palettes[pass][numbers[row]];
      const centre = down * width + across;
      for (let place = 0; place < disc.length; place += 1) pixels[centre + disc[place]] = colour;
    }
  }
  return sight;
}

export function paintPicture(context, picture, [px, py], side, { ground, frame, opacity }) {
  const [left, top] = [px - side / 2, py - side / 2];
  context.fillStyle = ground;
  context.fillRect(left, top, side, side);
  context.globalAlpha = opacity;
  context.drawImage(picture, left, top, side, side);
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.strokeStyle = frame;
  context.strokeRect(left, top, side, side);
}

export function paintStar(context, [px, py], colour) {
  context.beginPath();
  for (let corner = 0; corner < 10; corner += 1) {
    const [length, angle] = [corner % 2 ? 6 : 14, (corner * Math.PI) / 5 - Math.PI / 2];
    context.lineTo(px + length * Math.cos(angle), py + length * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = "#fff";
  context.stroke();
}

export function paintPolygon(context, corners, colour) {
  context.beginPath();
  for (const corner of corners) context.lineTo(...corner);
  context.closePath();
  context.fillStyle = colour;
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.stroke();
}

export function paintRing(context, point, colour) {
  context.beginPath();
  context.arc(...point, 10, 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = colour;
  context.stroke();
}

export function paintCross(context, [px, py], colour) {
  context.beginPath();
  for (const [across, down] of [[8, 0], [0, 8]]) {
    context.moveTo(px - across, py - down);
    context.lineTo(px + across, py + down);
  }
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.stroke();
}
