/** Sends messages one after another, and hands back what could not be sent. */
export class Outbox {
  #items = [];
  #sending = false;
  #options;

  /**
   * @param {object} options
   * @param {(item: object) => Promise<void>} options.send
   * @param {(item: object | null) => void} options.onSending what is on its way; null when nothing is any more
   * @param {(items: object[], failure: Error) => void} options.onFailed what was not sent, oldest first
   */
  constructor(options) {
    this.#options = options;
  }

  add(conversation, text) {
    this.#items.push({ conversation, text });
    this.#flush();
  }

  async #flush() {
    // Two requests at a time could overtake each other.
    if (this.#sending) return;
    this.#sending = true;
    while (this.#items.length > 0) {
      const [item] = this.#items;
      this.#options.onSending(item);
      try {
        await this.#options.send(item);
        this.#items.shift();
      } catch (failure) {
        // What waited behind the failed message comes back with it: sent alone it would be out of order.
        const failed = this.#items.filter(other => other.conversation === item.conversation);
        this.#items = this.#items.filter(other => other.conversation !== item.conversation);
        this.#options.onFailed(failed, failure);
      }
    }
    this.#sending = false;
    this.#options.onSending(null);
  }
}
