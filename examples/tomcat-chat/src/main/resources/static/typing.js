/** Who is typing, and telling the others that we are. */

const TELL_EVERY_MS = 3_000;
// However many short messages one sends: a client that sends too much to its node is disconnected.
const APART_MS = 1_000;
// Somebody who goes on typing is told again before this is over.
const SHOWN_MS = 5_000;

export class Typing {
  #options;
  #told = null;
  #toldAt = -Infinity;
  // Conversation → who is typing there → the timer that ends it.
  #typing = new Map();

  /**
   * @param {object} options
   * @param {(conversation: object) => void} options.tell
   * @param {() => void} options.onChange
   */
  constructor(options) {
    this.#options = options;
  }

  /** The user has typed; tells it at once, and every few seconds while it goes on. */
  typed(conversation) {
    const now = performance.now();
    if (now - this.#toldAt < (conversation === this.#told ? TELL_EVERY_MS : APART_MS)) return;
    this.#told = conversation;
    this.#toldAt = now;
    this.#options.tell(conversation);
  }

  /** The user has sent it, so the others no longer see that more is coming. */
  sent() {
    this.#told = null;
  }

  started(conversation, user) {
    const users = this.#typing.get(conversation) ?? new Map();
    this.#typing.set(conversation, users);
    clearTimeout(users.get(user));
    users.set(user, setTimeout(() => this.stopped(conversation, user), SHOWN_MS));
    this.#options.onChange();
  }

  stopped(conversation, user) {
    const users = this.#typing.get(conversation);
    if (!users?.has(user)) return;
    clearTimeout(users.get(user));
    users.delete(user);
    this.#options.onChange();
  }

  stop() {
    for (const users of this.#typing.values()) users.forEach(clearTimeout);
    this.#typing.clear();
    this.#told = null;
  }

  /** Such as 'alice is typing…'; '' if nobody is. */
  textFor(conversation) {
    const users = [...this.#typing.get(conversation)?.keys() ?? []];
    if (users.length === 0) return '';
    if (users.length > 2) return `${users.length} people are typing…`;
    return `${users.join(' and ')} ${users.length === 1 ? 'is' : 'are'} typing…`;
  }
}
