/** The messages of one conversation, put together from what came live and what the server has stored. */

/** How many messages the server stores for a conversation. */
const STORED = 100;
/** How many we keep; well above STORED, so that what is trimmed here can never come back as new. */
const KEPT = 500;

/** @returns a message, or null when the payload is none. Other services may send numbers as ids, and no `id`. */
export function toMessage(payload) {
  const conversationId = text(payload?.conversation_id);
  const content = text(payload?.content);
  if (payload?.type !== 'message' || !conversationId || content === null) return null;
  return {
    id: text(payload.id),
    conversationId,
    sender: text(payload.sender_id) ?? 'unknown',
    content,
    createdAt: text(payload.created_at) ?? '',
    at: Date.parse(payload.created_at),
    received: 0,
    afterGap: false,
  };
}

export class Timeline {
  messages = [];
  #clock = 0;

  /** Take one before asking for the history: it tells {@link merge} what came live while the answer was on its way. */
  mark() {
    return this.#clock;
  }

  /** @returns whether this was news */
  receive(message) {
    if (message.id !== null && this.messages.some(known => known.id === message.id)) return false;
    message.received = ++this.#clock;
    this.messages.push(message);
    this.#trim();
    return true;
  }

  /**
   * Stored messages keep the order that the server gives them. What only we have keeps its place among its neighbours:
   * it is older than the stored ones, or was never stored (another service published it), or it came after the mark
   * and therefore after all that is in the history.
   *
   * @returns the messages that were news
   */
  merge(history, mark) {
    const known = byKey(this.messages);
    const stored = byKey(history);
    const keys = [...stored.keys()];
    const places = new Map(keys.map((key, index) => [key, index]));
    const between = Array.from({ length: keys.length + 1 }, () => []);
    let place = 0;
    for (const [key, message] of known) {
      if (places.has(key)) {
        place = places.get(key) + 1;
        continue;
      }
      if (message.received > mark) {
        place = keys.length;
      } else {
        while (place < keys.length && !known.has(keys[place]) && stored.get(keys[place]).at <= message.at) place++;
      }
      between[place].push(message);
    }

    const news = [];
    const merged = [...between[0]];
    const received = ++this.#clock;
    keys.forEach((key, index) => {
      let message = known.get(key);
      if (message === undefined) {
        message = stored.get(key);
        message.received = received;
        news.push(message);
      }
      merged.push(message, ...between[index + 1]);
    });
    const before = this.messages.some(message => message.received <= mark);
    if (before && news.length >= STORED) news[0].afterGap = true;
    this.messages = merged;
    this.#trim();
    return news;
  }

  #trim() {
    if (this.messages.length > KEPT) this.messages = this.messages.slice(-KEPT);
  }
}

/** Without an id, equal messages are told apart by how many have gone before: saying "ok" twice in a second is two messages. */
function byKey(messages) {
  const result = new Map();
  for (const message of messages) {
    if (message.id !== null) {
      result.set(`id ${message.id}`, message);
      continue;
    }
    let key;
    let count = 0;
    do {
      key = JSON.stringify([message.sender, message.createdAt, message.content, count++]);
    } while (result.has(key));
    result.set(key, message);
  }
  return result;
}

function text(value) {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}
