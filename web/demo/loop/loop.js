import { element, field, secondsText } from '../dom.js';
import { keepSettings, settingsOf } from '../settings.js';
import { Code } from './code.js';
import { Lesson } from './lesson.js';
import { PROGRAMS, STEPS } from './programs.js';
import { LoopState } from './state.js';

const PACE_MS = 900;

/**
 * A program, line by line, and what stands in the loop at each.
 * @type {import('../main.js').Mount}
 */
export async function mountLoop(stage) {
  const lesson = await Lesson.load();
  const choice = element(
    'select',
    { onchange: () => choose() },
    ...PROGRAMS.map(({ name, title }) => element('option', { value: name }, title)),
  );
  choice.value = settingsOf('loop')?.get('program') ?? PROGRAMS[0].name;
  const step = element('button', { class: 'primary', type: 'button', onclick: () => stepOnce() }, 'Step');
  const play = element(
    'button',
    { type: 'button', 'aria-pressed': 'false', onclick: () => (playing ? pause() : start()) },
    'Play',
  );
  const again = element('button', { type: 'button', onclick: () => restart() }, 'From the start');
  const code = new Code();
  const state = new LoopState();
  const said = element('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const steps = element('ol', { class: 'steps' }, ...STEPS.map((text) => element('li', {}, text)));
  stage.replaceChildren(
    element('div', { class: 'controls' }, field('Program', choice), step, play, again),
    said,
    element('div', { class: 'inside' }, code.root, element('div', { class: 'beside' }, steps, state.root)),
  );
  let playing = null;
  restart();

  function choose() {
    keepSettings('loop', { program: choice.value === PROGRAMS[0].name ? undefined : choice.value });
    restart();
  }

  function restart() {
    pause();
    const index = PROGRAMS.findIndex(({ name }) => name === choice.value);
    steps.hidden = index > 0;
    lesson.open(index);
    code.show(PROGRAMS[index]);
    state.clear();
    step.disabled = play.disabled = false;
    said.textContent = 'Press Step to go from moment to moment, or Play.';
    mark(0);
  }

  /** @returns {import('./lesson.js').Moment | null} */
  function stepOnce() {
    const moment = lesson.next();
    step.disabled = play.disabled = moment === null || moment.step === 8;
    if (!moment) return null;
    said.textContent = sentence(moment);
    code.mark(moment.line);
    state.show(moment);
    if (moment.step > 0) mark(moment.step);
    return moment;
  }

  async function start() {
    playing = new AbortController();
    const { signal } = playing;
    play.textContent = 'Pause';
    play.setAttribute('aria-pressed', 'true');
    while (!signal.aborted) {
      const moment = stepOnce();
      if (!moment || moment.step === 8) break;
      if (moment.kind === 'sleep') await state.sleep(moment, signal);
      else await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
    if (!signal.aborted) pause();
  }

  function pause() {
    playing?.abort();
    playing = null;
    play.textContent = 'Play';
    play.setAttribute('aria-pressed', 'false');
  }

  function mark(number) {
    for (const [i, item] of [...steps.children].entries()) {
      item.classList.toggle('past', i + 1 < number);
      if (i + 1 === number) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    }
  }
}

/** @param {import('./lesson.js').Moment} moment */
function sentence({ kind, step, text, ready, tasks, next, now }) {
  if (step > 0) return `${step}. ${STEPS[step - 1]}.`;
  if (kind === 'sleep') {
    return `Nothing is ready: the loop sleeps until its next timer, in ${secondsText(next - now)}. Whatever else runs here could run now.`;
  }
  if (kind === 'turn') {
    if (tasks.length === 0) return 'The turn is over, and all tasks are done.';
    return ready.length > 0
      ? `The turn is over. ${ready.length} will run in the next.`
      : 'The turn is over: every task waits.';
  }
  const running = tasks.find(({ awaits }) => awaits === 'running');
  const who = running ? `${running.name}, ${running.coroutine}()` : 'The program';
  return text ? `${who} prints: ${text}` : `${who} is at the marked line.`;
}
