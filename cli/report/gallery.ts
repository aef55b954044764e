/** Many small images with filters by class and name. */
import { type Html, html } from "./html.ts";

/** An image of a gallery. */
export interface GalleryItem {
  readonly name: string;
  /** What was found in it. */
  readonly note: string;
  /** A `data:` address. */
  readonly uri: string;
  /** The classes by which it is found. */
  readonly classes: readonly string[];
}

/**
 * The images side by side. The filters appear where the page has {@linkcode FILTERING}.
 *
 * @param noun what they are, in the plural
 */
export function gallery(items: readonly GalleryItem[], noun = "images"): Html {
  const counts = new Map<string, number>();
  for (const name of items.flatMap(({ classes }) => classes)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const options = [...counts].sort((a, b) => b[1] - a[1])
    .map(([name, count]) => html`<option value="${name}">${name} (${count})</option>`);
  return html`
    <div class="filters" hidden>
      <label>class <select><option value="">all</option>${options}</select></label>
      <label>name <input type="search" size="16"></label>
      <output></output>
    </div>
    <div class="gallery" data-noun="${noun}">${items.map(({ name, note, uri, classes }) =>
      html`
        <figure data-classes="${JSON.stringify(classes)}" data-name="${name}">
        <img src="${uri}" alt="${name}: ${note}"><figcaption><b>${name}</b>${note}</figcaption>
        </figure>
      `
    )}</div>
  `;
}

/** The script behind the filters of {@linkcode gallery}. */
export const FILTERING = `
for (const filters of document.querySelectorAll(".filters")) {
  const figures = [...filters.nextElementSibling.children];
  const [select, search, output] = ["select", "input", "output"].map((name) => filters.querySelector(name));
  const filter = () => {
    const text = search.value.toLowerCase();
    let shown = 0;
    for (const figure of figures) {
      const { classes, name } = figure.dataset;
      figure.hidden = (select.value !== "" && !JSON.parse(classes).includes(select.value)) ||
        !name.toLowerCase().includes(text);
      shown += !figure.hidden;
    }
    output.textContent = shown + " of " + figures.length + " " + filters.nextElementSibling.dataset.noun;
  };
  select.addEventListener("input", filter);
  search.addEventListener("input", filter);
  filters.hidden = false;
  filter();
}
`;
