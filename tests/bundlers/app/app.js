/** A page that fetches a list of URLs all at once, and shows each as it ends. */
const [form] = document.forms;
const bar = document.querySelector('progress');
const status = document.querySelector('[role=status]');
const list = document.querySelector('ol');

/** @param {typeof import('fetchloop').ClientSession} ClientSession as main.js, wasm.js or inline.js has imported it */
export function startApp(ClientSession) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const urls = fields.get('urls').split('\n').filter(Boolean);
    form.inert = true;
    try {
      await fetchList(ClientSession, urls, { worker: fields.has('worker') });
    } finally {
      form.inert = false;
    }
  });
}

async function fetchList(ClientSession, urls, { worker }) {
  list.replaceChildren();
  bar.max = urls.length;
  let ended = 0;
  let failed = 0;
  const session = await ClientSession.open({ limit: 20, rate: '500/s', ...(worker && { worker }) });
  for await (const { url, response, error } of session.fetchAll(urls)) {
    if (error) failed++;
    addLine(error ? error.message : `${url}: ${await response.text()}`, error?.code);
    bar.value = ++ended;
  }
  await session.close();
  status.textContent = `${ended} URLs, ${failed} failed`;
}

function addLine(text, code) {
  const line = document.createElement('li');
  line.textContent = text;
  if (code) Object.assign(line.dataset, { code });
  line.classList.toggle('failed', Boolean(code));
  list.append(line);
}
