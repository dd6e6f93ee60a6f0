/** What this window knows of the user's conversations. */
import { Timeline } from '/timeline.js';

const READABLE_LENGTH = 40;
const RANDOM_LENGTH = 8;

export class Conversations {
  #byId = new Map();
  #activity = 0;

  get(id) {
    return this.#byId.get(id);
  }

  all() {
    return [...this.#byId.values()];
  }

  /** The one where something happened last comes first; the rest as the server gave them. */
  sorted() {
    return this.all().sort((a, b) => b.activity - a.activity);
  }

  /** @returns the conversation, added if it was not there; participants that are no array change nothing */
  upsert(id, participants) {
    let conversation = this.#byId.get(id);
    if (conversation === undefined) {
      conversation = {
        id,
        participants: [],
        timeline: new Timeline(),
        loaded: false,
        unread: 0,
        activity: 0,
        receivedOwn: 0,
        draft: '',
      };
      this.#byId.set(id, conversation);
    }
    if (Array.isArray(participants)) conversation.participants = participants.map(String);
    return conversation;
  }

  noteActivity(conversation, unread = 0) {
    conversation.activity = ++this.#activity;
    conversation.unread += unread;
  }
}

/** The address of a conversation in this page, and back again; '' if it is none. */
export function addressOf(id) {
  // Half of a surrogate pair cannot be encoded, and must not take the whole page down.
  return `#/${encodeURIComponent(id.toWellFormed())}`;
}

export function idIn(address) {
  try {
    return decodeURIComponent(address.slice(2));
  } catch {
    return '';
  }
}

/** The caller, and whom they typed: separated by commas or lines, each once. */
export function participantsOf(me, typed) {
  const names = typed.split(/[,\n]/).map(name => name.trim()).filter(name => name !== '');
  return [...new Set([me, ...names])];
}

/** Readable for people who look into Redis, random so that the same people can have many conversations. */
export function newId(names) {
  const readable = names.join('-').normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, READABLE_LENGTH);
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH));
  const random = Array.from(bytes, byte => (byte % 36).toString(36)).join('');
  return `${readable}-${random}`.replace(/-+/g, '-').replace(/^-/, '');
}
