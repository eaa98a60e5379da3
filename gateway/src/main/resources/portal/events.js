// Server-sent events over fetch, because EventSource cannot send a token.

/** Takes pieces of text as they come and gives whole events: {event, id, data}. */
export class EventParser {
  #rest = '';
  #event = '';
  #data = [];
  #id = '';

  push(text) {
    const events = [];
    this.#rest += text;
    let start = 0;
    for (;;) {
      const at = this.#lineEnd(start);
      if (at < 0) break;
      this.#line(this.#rest.slice(start, at), events);
      start = at + (this.#rest[at] === '\r' && this.#rest[at + 1] === '\n' ? 2 : 1);
    }
    this.#rest = this.#rest.slice(start);
    return events;
  }

  #lineEnd(start) {
    for (let i = start; i < this.#rest.length; i++) {
      const c = this.#rest[i];
      if (c === '\n') return i;
      // A return at the very end may be half of a line end.
      if (c === '\r') return i + 1 < this.#rest.length ? i : -1;
    }
    return -1;
  }

  #line(line, events) {
    if (line === '') {
      if (this.#data.length > 0) {
        events.push({event: this.#event || 'message', id: this.#id, data: this.#data.join('\n')});
      }
      this.#event = '';
      this.#data = [];
      return;
    }
    if (line[0] === ':') return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value[0] === ' ') value = value.slice(1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }
}
