// Shows one stream while it runs.
import {h, svg, replace, say} from './elements.js';
import {headers, refusal, token, Refused} from './gateway.js';
import {EventParser} from './events.js';

const ROWS_MAX = 200;
const SECONDS = 60;
const RETRIES_MAX = 8;

export class Live {
  #path;
  #keys;
  #abort = null;
  #paused = null;
  #unpause = () => {};
  #cursor = '';
  #waiting = [];
  #frame = 0;
  #timer = 0;
  #perSecond = new Array(SECONDS).fill(0);
  #counts = {events: 0, gaps: 0};
  #ui = {};

  constructor(path, keys, askForToken) {
    this.#path = path;
    this.#keys = keys;
    this.#build(askForToken);
  }

  get element() { return this.#ui.root; }

  close() {
    this.#stop('');
    cancelAnimationFrame(this.#frame);
  }

  #build(askForToken) {
    const ui = this.#ui;
    ui.from = h('select', {id: 'live-from'},
      h('option', {value: 'latest'}, 'now on'),
      h('option', {value: 'snapshot'}, 'current state, then changes'),
      h('option', {value: 'earliest'}, 'the oldest event kept'),
      h('option', {value: 'resume', hidden: true}, 'where it stopped'));
    ui.filter = h('input', {id: 'live-filter', type: 'text', spellcheck: 'false', autocomplete: 'off',
      placeholder: "event.status == 'delivered'"});
    ui.start = h('button', {type: 'submit', class: 'primary'}, 'Start');
    ui.pause = h('button', {type: 'button', disabled: true, onclick: () => this.#togglePause()}, 'Pause');
    ui.stop = h('button', {type: 'button', disabled: true, onclick: () => this.#stop('Stopped.')}, 'Stop');
    ui.clear = h('button', {type: 'button', onclick: () => this.#clear()}, 'Clear');
    ui.state = h('p', {class: 'state', role: 'status'}, 'Not started.');
    ui.count = h('dd', {}, '0');
    ui.rate = h('dd', {}, '0');
    ui.gaps = h('dd', {}, '0');
    ui.cursor = h('dd', {class: 'cursor'}, '–');
    ui.line = svg('polyline', {class: 'line', points: ''});
    ui.chart = svg('svg', {class: 'chart', viewBox: `0 0 ${SECONDS - 1} 40`, preserveAspectRatio: 'none',
      role: 'img', 'aria-label': 'Events per second over the last minute'}, ui.line);
    ui.rows = h('ol', {class: 'events', tabindex: '0', 'aria-label': 'Events, newest first'});
    ui.form = h('form', {class: 'live-form', onsubmit: e => {
      e.preventDefault();
      if (token.get()) this.#start();
      else askForToken(() => this.#start());
    }},
      h('div', {class: 'field'}, h('label', {for: 'live-from'}, 'From'), ui.from),
      h('div', {class: 'field grow'}, h('label', {for: 'live-filter'}, 'Only events where (CEL, optional)'), ui.filter),
      h('div', {class: 'row'}, ui.start, ui.pause, ui.stop, ui.clear));
    ui.root = h('div', {class: 'live'}, ui.form, ui.state,
      h('div', {class: 'meters'},
        h('dl', {},
          h('div', {}, h('dt', {}, 'Events'), ui.count),
          h('div', {}, h('dt', {}, 'Per second'), ui.rate),
          h('div', {}, h('dt', {}, 'Gaps'), ui.gaps)),
        ui.chart),
      h('dl', {class: 'last'}, h('div', {}, h('dt', {}, 'Last cursor'), ui.cursor)),
      ui.rows);
  }

  #query() {
    const query = new URLSearchParams();
    const from = this.#ui.from.value;
    if (from === 'snapshot') query.set('snapshot', 'true');
    else if (from === 'resume') query.set('from', this.#cursor);
    else query.set('from', from);
    const filter = this.#ui.filter.value.trim();
    if (filter) query.set('filter', filter);
    return query;
  }

  async #start() {
    this.#stop('');
    const abort = new AbortController();
    this.#abort = abort;
    this.#buttons(true);
    this.#timer = setInterval(() => this.#tick(), 1000);
    const query = this.#query();
    let retries = 0;
    let resume = '';
    for (;;) {
      let failure;
      try {
        this.#state('Connecting…');
        failure = await this.#read(abort, query, resume, () => { retries = 0; });
      } catch (e) {
        failure = e;
      }
      if (abort.signal.aborted) return;
      const final = failure instanceof Refused && ![429, 503].includes(failure.status);
      if (final || failure.final || retries >= RETRIES_MAX) {
        this.#stop(failure.message, true);
        return;
      }
      // A stream that breaks goes on behind the last event that arrived.
      if (this.#cursor) {
        resume = this.#cursor;
        query.delete('snapshot');
        query.delete('from');
      }
      const wait = Math.min(15, 2 ** retries++);
      this.#state(`${failure.message} Trying again in ${wait} s.`, 'warn');
      await new Promise(done => setTimeout(done, wait * 1000));
      if (abort.signal.aborted) return;
    }
  }

  /** Reads until the stream ends; tells why it did. */
  async #read(abort, query, resume, connected) {
    const extra = resume ? {'Last-Event-ID': resume} : {};
    const response = await fetch(`streams/${this.#path}?${query}`, {
      headers: {...headers('text/event-stream'), ...extra}, cache: 'no-store', signal: abort.signal});
    if (!response.ok) throw await refusal(response);
    connected();
    this.#state('Live.', 'good');
    say('The stream is live.');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (;;) {
      // Not reading is the whole pause: the gateway notices and waits.
      if (this.#paused) await this.#paused;
      const {value, done} = await reader.read();
      if (done) return {message: 'The connection ended.'};
      for (const event of parser.push(value)) {
        const end = this.#take(event);
        if (end) {
          abort.signal.aborted || reader.cancel();
          return end;
        }
      }
    }
  }

  #take(event) {
    if (event.id) this.#cursor = event.id;
    if (event.event === 'end') {
      let end = {};
      try { end = JSON.parse(event.data); } catch { /* Shown as it came. */ }
      this.#add(event);
      return {message: end.detail || 'The stream ended.',
        final: !['draining', 'contract-changed', 'upstream', 'slow'].includes(end.reason)};
    }
    if (event.event === 'gap') {
      this.#counts.gaps++;
      say('A gap: events are missing.');
    } else if (event.event !== 'notice') {
      this.#counts.events++;
      this.#perSecond[SECONDS - 1]++;
    }
    this.#add(event);
    return null;
  }

  #add(event) {
    event.at = new Date();
    this.#waiting.push(event);
    if (this.#waiting.length > ROWS_MAX) this.#waiting.shift();
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const rows = this.#ui.rows;
    // Somebody who reads further down must not have the text moved away.
    const held = rows.scrollTop > 8 ? rows.scrollHeight - rows.scrollTop : 0;
    const fresh = this.#waiting.splice(0).reverse().map(event => this.#row(event));
    rows.prepend(...fresh);
    while (rows.childElementCount > ROWS_MAX) rows.lastElementChild.remove();
    if (held) rows.scrollTop = rows.scrollHeight - held;
    this.#ui.count.textContent = this.#counts.events.toLocaleString('en');
    this.#ui.gaps.textContent = String(this.#counts.gaps);
    this.#ui.gaps.parentElement.classList.toggle('bad', this.#counts.gaps > 0);
    this.#ui.cursor.textContent = this.#cursor || '–';
  }

  #row(event) {
    const time = event.at.toTimeString().slice(0, 8);
    let value = null;
    try { value = JSON.parse(event.data); } catch { /* Shown as it came. */ }
    const kind = ['snapshot', 'upsert', 'delete', 'gap', 'notice', 'end'].includes(event.event)
      ? event.event : 'other';
    const key = value && this.#keys.length && !['gap', 'notice', 'end'].includes(kind)
      ? this.#keys.map(path => path.split('.').reduce((at, name) => at?.[name], value))
        .filter(part => part !== undefined && part !== null).map(String).join(' · ') : '';
    const text = kind === 'gap' && value ? this.#gapText(value)
      : value?.detail || value?.message || event.data;
    const details = h('details', {},
      h('summary', {}, h('time', {}, time), h('span', {class: `op ${kind}`}, event.event),
        key && h('strong', {}, key), h('span', {class: 'data'}, String(text).slice(0, 400))));
    details.addEventListener('toggle', () => {
      if (details.open && details.childElementCount === 1) {
        details.append(h('pre', {}, value === null ? event.data : JSON.stringify(value, null, 2)),
          h('p', {class: 'quiet cursor'}, `cursor ${event.id || 'none'}`));
      }
    });
    return h('li', {class: kind}, details);
  }

  #gapText(gap) {
    const count = Number.isFinite(gap.events) && gap.events > 0
      ? `${gap.events.toLocaleString('en')} events missing` : 'Events missing';
    return `${count}: ${gap.detail || gap.reason || 'no reason given'}`;
  }

  #tick() {
    const recent = this.#perSecond.slice(-5);
    this.#ui.rate.textContent = (recent.reduce((a, b) => a + b, 0) / recent.length).toFixed(1);
    const most = Math.max(1, ...this.#perSecond);
    this.#ui.line.setAttribute('points',
      this.#perSecond.map((n, i) => `${i},${(39 - n / most * 37).toFixed(1)}`).join(' '));
    this.#perSecond.shift();
    this.#perSecond.push(0);
  }

  #togglePause() {
    if (this.#paused) {
      this.#paused = null;
      this.#unpause();
      this.#ui.pause.textContent = 'Pause';
      this.#state('Live.', 'good');
    } else {
      this.#paused = new Promise(done => { this.#unpause = done; });
      this.#ui.pause.textContent = 'Go on';
      this.#state('Paused: nothing is read and the gateway waits. Going on loses nothing, or shows the gap.');
    }
  }

  #stop(message, bad = false) {
    if (this.#abort) this.#abort.abort();
    this.#abort = null;
    this.#unpause();
    this.#paused = null;
    clearInterval(this.#timer);
    this.#ui.pause.textContent = 'Pause';
    this.#buttons(false);
    if (message) {
      this.#state(message, bad ? 'bad' : '');
      const resume = this.#ui.from.lastElementChild;
      if (this.#cursor) {
        resume.hidden = false;
        this.#ui.from.value = 'resume';
      }
    }
  }

  #clear() {
    this.#waiting = [];
    this.#counts = {events: 0, gaps: 0};
    this.#perSecond.fill(0);
    replace(this.#ui.rows);
    this.#draw();
  }

  #buttons(running) {
    this.#ui.start.disabled = running;
    this.#ui.pause.disabled = !running;
    this.#ui.stop.disabled = !running;
  }

  #state(text, kind = '') {
    this.#ui.state.textContent = text;
    this.#ui.state.className = `state ${kind}`;
  }
}
