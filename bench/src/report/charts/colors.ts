/** Every colour of the page and the drawings, on a light and on a dark ground. */
const COLORS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  ground: ["#ffffff", "#14171c"],
  panel: ["#f6f7f9", "#1c2027"],
  text: ["#1b1f24", "#e6e8eb"],
  quiet: ["#5a6472", "#9aa4b2"],
  line: ["#d9dde3", "#333a45"],
  good: ["#12703a", "#5bd08b"],
  bad: ["#b3261e", "#ff8a80"],
  // The processes and the series. Neighbours in a bar differ in lightness as well, for those who do not tell hues apart.
  accept: ["#2563c9", "#6ea8ff"],
  dispatcher: ["#a58bf0", "#c8b6ff"],
  worker: ["#0b7a6b", "#2fb7a0"],
  redis: ["#e8713c", "#ff9a6b"],
  mysql: ["#8a5a00", "#c99528"],
  rabbitmq: ["#d65a97", "#f59ac4"],
};

/** The colours as CSS variables: light, and dark for those who have asked for it. */
export function colorVariables(selector: string): string {
  return `${selector}{${declarations(0)}}@media (prefers-color-scheme:dark){${selector}{${declarations(1)}}}`;
}

function declarations(ground: 0 | 1): string {
  return Object.entries(COLORS)
    .map(([name, colors]) => `--${name}:${colors[ground]}`)
    .join(";");
}
