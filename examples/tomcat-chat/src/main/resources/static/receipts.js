/** Whether the others were there when a message of ours was published. */

// As many as a conversation's timeline keeps.
const KEPT = 500;

export class Receipts {
  #offline = new Map();

  /** @param {object} posted the server's answer: the message, and who of the others was offline, if that is known */
  add(posted) {
    this.#offline.set(keyOf(posted.conversation_id, posted.created_at), Array.isArray(posted.offline) ? posted.offline : null);
    if (this.#offline.size > KEPT) this.#offline.delete(this.#offline.keys().next().value);
  }

  /** @returns {string[] | null | undefined} who was offline; null if that is not known, undefined without a receipt */
  offlineFor(message) {
    return this.#offline.get(keyOf(message.conversationId, message.createdAt));
  }
}

function keyOf(conversationId, createdAt) {
  return JSON.stringify([conversationId, createdAt]);
}
