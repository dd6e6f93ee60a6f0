/** Who is online, as far as this page knows. */
import { ApiError } from '/api.js';

const EVERY_MS = 15_000;
// What gives reason to ask may come often, such as a click through the list.
const APART_MS = 1_000;
// The server's limits: of the number of users, and of the length of a request's first line and headers.
const MOST_USERS = 100;
const MOST_CHARACTERS = 30_000;

export class Presence {
  #options;
  #online = new Map();
  #timer = 0;
  #askedAt = -Infinity;
  #running = false;

  /**
   * @param {object} options
   * @param {(users: string[]) => Promise<object>} options.ask answers true or false for each user that we may know of
   * @param {() => Iterable<string>} options.users whom to ask for, the most important first
   * @param {() => void} options.onChange
   */
  constructor(options) {
    this.#options = options;
    document.addEventListener('visibilitychange', () => this.refresh());
  }

  /** @returns {boolean | undefined} undefined if it is not known */
  of(user) {
    return this.#online.get(user);
  }

  /** From now on it may ask. */
  start() {
    this.#running = true;
    this.#askedAt = -Infinity;
  }

  /** From now on nothing is known. */
  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#online.clear();
  }

  /** Something else has shown it. */
  note(user, online) {
    if (!this.#running || this.#online.get(user) === online) return;
    this.#online.set(user, online);
    this.#options.onChange();
  }

  /** Asks now, or as soon as it may. */
  refresh() {
    clearTimeout(this.#timer);
    // A page that nobody looks at need not ask.
    if (!this.#running || document.hidden) return;
    const early = this.#askedAt + APART_MS - performance.now();
    this.#timer = setTimeout(() => this.#ask(), Math.max(0, early));
  }

  async #ask() {
    const askedAt = performance.now();
    this.#askedAt = askedAt;
    this.#timer = setTimeout(() => this.refresh(), EVERY_MS);
    const users = atMost(this.#options.users());
    if (users.length === 0) return;
    let answer = {};
    try {
      answer = await this.#options.ask(users);
    } catch (failure) {
      // Then they are not known until the next time.
      if (!(failure instanceof ApiError)) throw failure;
    }
    // Not what a question from before says, such as one of a user who has logged out.
    if (!this.#running || askedAt !== this.#askedAt) return;
    this.#online = new Map(Object.entries(answer).filter(([, online]) => typeof online === 'boolean'));
    this.#options.onChange();
  }
}

function atMost(users) {
  const chosen = new Set();
  let characters = 0;
  for (const user of users) {
    if (chosen.has(user)) continue;
    characters += encodeURIComponent(user.toWellFormed()).length + 3;
    if (chosen.size === MOST_USERS || characters > MOST_CHARACTERS) break;
    chosen.add(user);
  }
  return [...chosen];
}
