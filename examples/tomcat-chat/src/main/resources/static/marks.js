/** Marks beside names and messages: who is online, and who was there. Never by colour alone. */
import { create } from '/dom.js';

/** The participants, those who are online first. With one other only, their name is the title already. */
export function people(others, presence) {
  const known = others.filter(user => presence.of(user) !== undefined);
  known.sort((a, b) => presence.of(b) - presence.of(a));
  return known.map((user) => {
    const state = presence.of(user) ? 'online' : 'offline';
    const item = create('li', 'person');
    item.dataset.user = user;
    item.dataset.presence = state;
    if (others.length === 1) item.append(state);
    else item.append(create('bdi', '', user), create('span', 'visually-hidden', ` ${state}`));
    return item;
  });
}

/** Marks an avatar, and says the same in words. */
export function markAvatar(avatar, words, others, presence) {
  const online = others.filter(user => presence.of(user) === true).length;
  const known = online > 0 || others.some(user => presence.of(user) === false);
  if (known) avatar.dataset.presence = online > 0 ? 'online' : 'offline';
  else delete avatar.dataset.presence;
  const state = others.length === 1 ? avatar.dataset.presence : `${online} of ${others.length} online`;
  words.textContent = known ? `, ${state}` : '';
}

/** @param {string[] | null | undefined} offline who of the others was offline; null if not known, undefined without a receipt */
export function markReach(mark, others, offline) {
  if (offline === undefined || others.length === 0) return;
  const reach = reachOf(others, offline);
  if (mark.dataset.reach === reach) return;
  mark.dataset.reach = reach;
  // In a log all changes are read out; what went well need not be.
  mark.ariaLive = reach === 'nobody' ? 'polite' : 'off';
  mark.title = '';
  mark.textContent = '';
  if (reach === 'unknown') {
    mark.textContent = 'Sent';
    mark.title = 'It is not known who was there';
  } else if (reach === 'nobody') {
    mark.textContent = 'Nobody was there';
  } else {
    const check = create('span', 'check', '✓');
    check.ariaHidden = 'true';
    mark.append(check);
    const there = others.length - offline.length;
    if (reach === 'some') mark.append(` ${there} of ${others.length} were there`);
    else mark.append(create('span', 'visually-hidden', 'Everybody was there'));
    mark.title = reach === 'some' ? `Not there: ${offline.join(', ')}` : 'Everybody was there';
  }
}

function reachOf(others, offline) {
  if (offline === null) return 'unknown';
  if (offline.length === 0) return 'everybody';
  return offline.length >= others.length ? 'nobody' : 'some';
}
