// A sheet of pictures: rows of some columns, each picture as large as the others.

// How a sheet lies behind a picture so that the one at a place is seen.
export function sheetStyle(place, columns, count) {
  const rows = Math.ceil(count / columns);
  const [row, column] = [Math.floor(place / columns), place % columns];
  const share = (number, all) => (100 * number) / Math.max(all - 1, 1);
  return {
    backgroundImage: "",
    backgroundSize: `${columns * 100}% ${rows * 100}%`,
    backgroundPosition: `${share(column, columns)}% ${share(row, rows)}%`,
  };
}
