/** A WebSocket that comes back by itself. */
import { ApiError } from '/api.js';
import { pauseBeforeReconnect } from '/retry.js';

const HANDSHAKE_TIMEOUT_MS = 10_000;
// A node that accepts and then hangs up at once must not reset the back-off each time.
const STABLE_AFTER_MS = 5_000;
// Longer pauses are the server's wish, and not cut short.
const LONGEST_PAUSE_TO_CUT_MS = 10_000;
const LOST = 1006;
// A browser does not say with what status a handshake was refused. Tickets come from the same server, so it is not away.
const MOST_REFUSALS = 20;

export class Connection {
  #options;
  #socket = null;
  #timer = 0;
  #pause = 0;
  #attempt = 0;
  // Handshakes refused one after the other, each with a ticket that was just given.
  #refusals = 0;
  // Goes up with every attempt and every stop: whatever an older attempt still reports is ignored.
  #generation = 0;
  #state = 'disconnected';

  /**
   * @param {object} options
   * @param {() => Promise<string>} options.ticket fetches a ticket; one is good for one attempt only
   * @param {(state: 'connected'|'connecting'|'disconnected'|'refused') => void} options.onState
   * @param {(code: number, reason: string) => void} options.onRefused the node does not want us back: connect again when the user asks
   * @param {(payload: unknown) => void} options.onPayload
   */
  constructor(options) {
    this.#options = options;
    addEventListener('online', () => this.#retryEarly());
    // Timers of a hidden page are slowed down; a user who comes back to it should not wait for one.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#retryEarly();
    });
  }

  get connected() {
    return this.#state === 'connected';
  }

  start() {
    this.stop();
    this.#attempt = 0;
    this.#refusals = 0;
    this.#setState('connecting');
    this.#connect();
  }

  stop() {
    this.#generation++;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#socket?.close(1000);
    this.#socket = null;
    this.#setState('disconnected');
  }

  /** Sends if the socket is open; else it is lost. */
  send(payload) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(payload));
  }

  async #connect() {
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    let socket;
    try {
      const ticket = await this.#options.ticket();
      if (!current()) return;
      socket = new WebSocket(socketUrl(ticket));
    } catch (failure) {
      if (!current()) return;
      // Such as a 403, which is the same next time. After a 401 the session has ended, and this connection with it.
      if (failure instanceof ApiError && !failure.passing) this.#refuse(failure.status, failure.message);
      else this.#retryLater(LOST, '');
      return;
    }
    this.#socket = socket;
    const handshake = setTimeout(() => socket.close(), HANDSHAKE_TIMEOUT_MS);
    let stable = 0;
    let opened = false;
    socket.onopen = () => {
      clearTimeout(handshake);
      if (!current()) return;
      opened = true;
      this.#refusals = 0;
      stable = setTimeout(() => { this.#attempt = 0; }, STABLE_AFTER_MS);
      this.#setState('connected');
    };
    socket.onmessage = (event) => {
      if (current()) this.#deliver(event.data);
    };
    socket.onclose = (event) => {
      clearTimeout(handshake);
      clearTimeout(stable);
      if (!current()) return;
      this.#socket = null;
      if (!opened && ++this.#refusals >= MOST_REFUSALS) this.#refuse(event.code, 'the handshake is refused again and again');
      else this.#retryLater(event.code, event.reason);
    };
  }

  #deliver(data) {
    let payload;
    try {
      payload = JSON.parse(data);
    } catch {
      return;
    }
    this.#options.onPayload(payload);
  }

  #retryLater(code, reason) {
    const pause = pauseBeforeReconnect(code, this.#attempt++);
    if (pause === null) {
      this.#refuse(code, reason);
      return;
    }
    // Stays so until a socket is open: a status that flickers with every attempt helps nobody, least of all
    // a user of a screen reader.
    this.#setState('disconnected');
    this.#pause = pause;
    this.#timer = setTimeout(() => this.#retryNow(), pause);
  }

  /** Does not come back by itself. */
  #refuse(code, reason) {
    this.#setState('refused');
    this.#options.onRefused(code, reason);
  }

  #retryEarly() {
    if (this.#pause <= LONGEST_PAUSE_TO_CUT_MS) this.#retryNow();
  }

  #retryNow() {
    if (this.#timer === 0) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#connect();
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}

function socketUrl(ticket) {
  const url = new URL('/ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('ticket', ticket);
  url.searchParams.set('ready', '1'); // asks for a message that says from when on we receive
  url.searchParams.set('session', '1'); // and for one with our session's id, and what was read in other tabs
  return url;
}
