/** All that touches the document. What users wrote goes in as text, never as HTML. */
import { addressOf } from '/conversations.js';
import { arrange, create } from '/dom.js';
import { markAvatar, markReach, people } from '/marks.js';

const STATUS = {
  connected: 'Connected',
  connecting: 'Connecting…',
  disconnected: 'Offline, retrying…',
  refused: 'Disconnected',
};
const TONES = 6;
const AT_BOTTOM_PX = 32;
const GROUP_WITHIN_MS = 5 * 60_000;
const PREVIEW_LENGTH = 200;
const SENDING_SHOWN_AFTER_MS = 300;

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const timestamp = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const graphemes = new Intl.Segmenter();

const byId = id => document.getElementById(id);
export const elements = {
  loginForm: byId('login-form'),
  userId: byId('user-id'),
  loginButton: byId('login-button'),
  logoutButton: byId('logout-button'),
  newConversationForm: byId('new-conversation-form'),
  participants: byId('participants'),
  createButton: byId('create-button'),
  messageForm: byId('message-form'),
  content: byId('content'),
};
const chatView = byId('chat-view');
const list = byId('conversation-list');
const pane = byId('messages');
const newestButton = byId('newest-button');

const messageElements = new WeakMap();
const conversationElements = new WeakMap();
const errors = new Map();
let pinned = true;
let paneHeight = 0;
let sendingTimer = 0;

pane.addEventListener('scroll', () => {
  // A pane that has just shrunk is not at its bottom either, but nobody scrolled: the observer below is about to run.
  if (pane.clientHeight !== paneHeight) return;
  pinned = pane.scrollHeight - pane.scrollTop - pane.clientHeight <= AT_BOTTOM_PX;
  if (pinned) newestButton.hidden = true;
}, { passive: true });
// The pane also shrinks: a keyboard comes up, the message box grows, a phone is turned.
new ResizeObserver(() => {
  paneHeight = pane.clientHeight;
  if (pinned) scrollToNewest();
}).observe(pane);
newestButton.addEventListener('click', () => {
  scrollToNewest();
  elements.content.focus();
});
byId('error-dismiss').addEventListener('click', clearErrors);

export function showNode(node) {
  byId('node-name').textContent = node?.node ?? location.host;
  byId('node-port').textContent = node?.port ? `:${node.port}` : '';
}

export function showStatus(state) {
  const status = byId('connection-status');
  status.dataset.state = state;
  status.textContent = STATUS[state];
}

export function showLogin() {
  chatView.hidden = true;
  byId('me').hidden = true;
  byId('connection-status').hidden = true;
  byId('login-view').hidden = false;
  document.title = 'redis-fanout chat';
  elements.userId.focus();
}

export function showChat(me) {
  byId('login-view').hidden = true;
  byId('me').hidden = false;
  byId('me-name').textContent = me;
  byId('me-name').title = me;
  byId('connection-status').hidden = false;
  chatView.hidden = false;
  byId('sidebar-title').focus();
}

/** @param {string} about what failed: the next failure or success of the same thing replaces it, and nothing else does */
export function showError(about, text) {
  errors.set(about, text);
  showErrors();
}

export function clearError(about) {
  if (errors.delete(about)) showErrors();
}

export function clearErrors() {
  errors.clear();
  showErrors();
}

function showErrors() {
  const text = [...errors.values()].join('\n');
  byId('error-bar').hidden = text === '';
  // Setting the same text again would have it read out again.
  if (byId('error').textContent !== text) byId('error').textContent = text;
}

export function showSending(text) {
  clearTimeout(sendingTimer);
  byId('sending').textContent = '';
  if (text === null) return;
  // Most messages are gone before one could read this: then it would only flicker, and be read out for nothing.
  sendingTimer = setTimeout(() => {
    byId('sending').textContent = `Sending: ${text.slice(0, PREVIEW_LENGTH)}`;
  }, SENDING_SHOWN_AFTER_MS);
}

export function showTyping(text) {
  // Setting the same text again would have it read out again.
  if (byId('typing').textContent !== text) byId('typing').textContent = text;
}

export function titleOf(conversation, me) {
  if (conversation.participants.length === 0) return conversation.id;
  return othersIn(conversation, me).join(', ') || 'Just you';
}

function othersIn(conversation, me) {
  return conversation.participants.filter(name => name !== me);
}

/**
 * @param {object} state
 * @param {boolean} state.loaded whether the list is in; until then an empty one is not called empty
 * @param {Presence} state.presence
 * @param {Typing} state.typing
 */
export function showConversations(conversations, openId, me, { loaded, presence, typing }) {
  const focused = document.activeElement;
  arrange(list, conversations.map(conversation => conversationItem(conversation, openId, me, presence, typing)));
  // An item that moves up the list loses the focus, and a keyboard user the place.
  if (focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true });
  byId('no-conversations').hidden = !loaded || conversations.length > 0;
  const unread = conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${me} · redis-fanout chat`;
}

function conversationItem(conversation, openId, me, presence, typing) {
  let item = conversationElements.get(conversation);
  if (item === undefined) {
    item = create('li', 'conversation');
    item.dataset.id = conversation.id;
    const link = create('a');
    link.href = addressOf(conversation.id);
    const avatar = create('span', 'avatar');
    avatar.ariaHidden = 'true';
    const lines = create('span', 'lines');
    lines.append(create('bdi', 'name ellipsis'), create('span', 'state visually-hidden'), create('bdi', 'preview ellipsis'));
    link.append(avatar, lines, create('span', 'unread'));
    item.append(link);
    conversationElements.set(conversation, item);
  }
  const title = titleOf(conversation, me);
  const last = conversation.timeline.messages.at(-1);
  const avatar = item.querySelector('.avatar');
  avatar.textContent = firstGrapheme(title);
  avatar.dataset.tone = toneOf(title);
  item.querySelector('.name').textContent = title;
  markAvatar(avatar, item.querySelector('.state'), othersIn(conversation, me), presence);
  const preview = last === undefined
    ? conversation.id
    : `${last.sender === me ? 'You' : last.sender}: ${last.content.slice(0, PREVIEW_LENGTH)}`;
  item.querySelector('.preview').textContent = typing.textFor(conversation) || preview;
  const unread = item.querySelector('.unread');
  unread.hidden = conversation.unread === 0;
  unread.textContent = conversation.unread > 99 ? '99+' : String(conversation.unread);
  if (conversation.unread > 0) unread.append(create('span', 'visually-hidden', ' unread'));
  item.classList.toggle('has-unread', conversation.unread > 0);
  if (conversation.id === openId) item.firstChild.ariaCurrent = 'true';
  else item.firstChild.ariaCurrent = null;
  return item;
}

/** Opens a conversation, or with null goes back to the list, to the one that was left. */
export function openConversation(conversation, me, left, presence) {
  chatView.dataset.pane = conversation === null ? 'list' : 'conversation';
  byId('open-conversation').hidden = conversation === null;
  byId('nothing-open').hidden = conversation !== null;
  pane.replaceChildren();
  newestButton.hidden = true;
  pinned = true;
  if (conversation === null) {
    if (left !== null) conversationElements.get(left)?.firstChild.focus();
    return;
  }
  showHeading(conversation, me, presence);
  elements.content.value = conversation.draft;
  // On a phone, focus on the message box would bring up the keyboard over the messages one came to read.
  const target = matchMedia('(pointer: coarse)').matches ? byId('conversation-title') : elements.content;
  target.focus({ preventScroll: true });
}

export function showHeading(conversation, me, presence) {
  const title = titleOf(conversation, me);
  const details = `${conversation.participants.length} participants · ${conversation.id}`;
  byId('conversation-title').textContent = title;
  byId('conversation-title').title = title;
  byId('conversation-details').textContent = details;
  byId('conversation-details').title = details;
  byId('people').replaceChildren(...people(othersIn(conversation, me), presence));
}

/** Until its history is in, an empty conversation is not called empty. */
export function showMessages(conversation, me, receipts) {
  const { loaded, timeline: { messages } } = conversation;
  const others = othersIn(conversation, me);
  const newest = pane.lastElementChild;
  let previous = null;
  const items = messages.map((message) => {
    const item = messageItem(message, me);
    if (message.sender === me) markReach(item.querySelector('.reach'), others, receipts.offlineFor(message));
    const newDay = !Number.isNaN(message.at) && (previous === null || day.format(message.at) !== day.format(previous.at));
    const divider = [message.afterGap ? 'Earlier messages are missing here' : '', newDay ? day.format(message.at) : ''];
    const label = divider.filter(part => part !== '').join(' · ');
    if (label === '') delete item.dataset.divider;
    else item.dataset.divider = label;
    const continued = label === '' && previous?.sender === message.sender && !(message.at - previous.at > GROUP_WITHIN_MS);
    item.classList.toggle('continued', continued);
    if (!Number.isNaN(message.at)) previous = message;
    return item;
  });
  const follow = pinned;
  // What was stored before one came is not news to be read out one by one.
  pane.ariaBusy = loaded ? null : 'true';
  arrange(pane, items);
  byId('no-messages').hidden = !loaded || messages.length > 0;
  if (follow) scrollToNewest();
  else if (pane.lastElementChild !== newest) newestButton.hidden = false;
}

function messageItem(message, me) {
  let item = messageElements.get(message);
  if (item !== undefined) return item;
  const own = message.sender === me;
  item = create('div', own ? 'message own' : 'message');
  item.dataset.sender = message.sender;
  const sender = create('bdi', 'sender', own ? 'You' : message.sender);
  sender.dataset.tone = toneOf(message.sender);
  const content = create('p', 'content', message.content);
  content.dir = 'auto';
  const body = create('div', 'bubble');
  const details = create('p', 'details');
  if (!Number.isNaN(message.at)) {
    const sent = create('time', '', time.format(message.at));
    sent.dateTime = new Date(message.at).toISOString();
    sent.title = timestamp.format(message.at);
    details.append(sent);
  }
  details.append(create('span', 'reach'));
  body.append(sender, content, details);
  item.append(body);
  messageElements.set(message, item);
  return item;
}

function scrollToNewest() {
  pane.scrollTop = pane.scrollHeight;
  pinned = true;
  newestButton.hidden = true;
}

function firstGrapheme(text) {
  const [first] = graphemes.segment(text.trim() || '?');
  return first.segment.toUpperCase();
}

function toneOf(text) {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) % 65_521;
  return String(hash % TONES);
}
