import uPlot from 'uplot';

const HEIGHT = 320;

/** The chart: wall time against concurrency, both logarithmic, so that the ideal is a straight line. */
export class Curve {
  #root;
  #plot = null;
  #points = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    new ResizeObserver(() => {
      if (this.#plot) this.#plot.setSize({ width: root.clientWidth, height: HEIGHT });
      else this.#draw();
    }).observe(root);
    addEventListener('themechange', () => this.#draw());
  }

  /** @param {{ limit: number, wall: number, ideal: number }[]} points milliseconds */
  show(points) {
    this.#points = points;
    this.#draw();
  }

  /** Once it is on the page: a chart drawn before would be as wide as a guess, and so would the page be. */
  #draw() {
    if (!this.#root.clientWidth) return;
    this.#plot?.destroy();
    const style = getComputedStyle(this.#root);
    const colour = (name) => style.getPropertyValue(name);
    const axis = {
      stroke: colour('--quiet'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line') },
    };
    const shown = (unit) => (_, value) =>
      value === null || value === undefined ? '–' : `${Number(value.toFixed(2))}${unit}`;
    const seconds = (_, values) => values.map((value) => (value === null ? '' : `${value} s`));
    const options = {
      width: this.#root.clientWidth,
      height: HEIGHT,
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, distr: 3, log: 2 }, y: { distr: 3 } },
      axes: [
        { ...axis, label: 'requests at once' },
        { ...axis, label: 'wall time', values: seconds, size: 64 },
      ],
      series: [
        { label: 'at once', value: shown('') },
        {
          label: 'measured',
          value: shown(' s'),
          stroke: colour('--accent'),
          width: 3,
          points: { size: 9, fill: colour('--accent') },
        },
        {
          label: 'ideal',
          value: shown(' s'),
          stroke: colour('--retry'),
          width: 2,
          dash: [6, 5],
          points: { show: false },
        },
      ],
    };
    const column = (name) => this.#points.map((point) => point[name]);
    const inSeconds = (values) => values.map((value) => value / 1000);
    const data = [column('limit'), inSeconds(column('wall')), inSeconds(column('ideal'))];
    this.#plot = new uPlot(options, data, this.#root);
  }
}
