// Lines of equal value through the cells of a grid, as pairs of places in columns and rows.
export function levelLines({ x, y, z, levels }) {
  const found = [], columns = x.length;
  for (let row = 0; row + 1 < y.length; row += 1) for (let column = 0; column + 1 < columns; column += 1) {
    const first = row * columns + column;
    const corners = [z[first], z[first + 1], z[first + columns + 1], z[first + columns]];
    if (!corners.every(Number.isFinite)) continue;
    const low = Math.min(...corners), high = Math.max(...corners);
    for (const level of levels) if (low < level && level <= high) found.push(...through(corners, level, column, row));
  }
  return found;
}

// One line through a cell, or two where it is a saddle: its middle says which corners belong together.
function through(corners, level, column, row) {
  const [a, b, c, d] = corners, share = (from, to) => (level - from) / (to - from), crossed = (from, to) => from < level !== to < level;
  const sides = [];
  if (crossed(a, b)) sides.push([column + share(a, b), row]);
  if (crossed(b, c)) sides.push([column + 1, row + share(b, c)]);
  if (crossed(d, c)) sides.push([column + share(d, c), row + 1]);
  if (crossed(a, d)) sides.push([column, row + share(a, d)]);
  if (sides.length === 2) return [sides];
  const apart = (a + b + c + d) / 4 < level === a < level;
  return apart ? [[sides[0], sides[1]], [sides[2], sides[3]]] : [[sides[0], sides[3]], [sides[1], sides[2]]];
}

export function between(values, place) {
  const low = Math.min(values.length - 2, Math.floor(place));
  return values[low] + (place - low) * (values[low + 1] - values[low]);
}
