/** Tells the user's other tabs what was read in this one. */
import { ApiError } from '/api.js';

export class Reads {
  #api;
  // The server's id for the session of our socket: everybody but this one is told.
  #session = null;
  #untold = null;

  constructor(api) {
    this.#api = api;
    document.addEventListener('visibilitychange', () => this.#tell());
  }

  /** Our socket has a session. */
  opened(id) {
    this.#session = id;
    this.#tell();
  }

  /** A conversation is open, up to its newest message; read as soon as the page is visible. */
  shown(conversation) {
    this.#untold = conversation;
    this.#tell();
  }

  /** The user has logged out. */
  ended() {
    this.#session = null;
    this.#untold = null;
  }

  async #tell() {
    const conversation = this.#untold;
    if (conversation === null || this.#session === null || document.hidden) return;
    this.#untold = null;
    try {
      await this.#api.read(conversation.id, this.#session);
    } catch (failure) {
      // Only a mark in other tabs is at stake.
      if (!(failure instanceof ApiError)) throw failure;
    }
  }
}
