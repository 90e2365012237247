/** Arrow keys, or j and k, go from entry to entry of a list; Enter follows the link as ever. */
export function walkLinks(event: KeyboardEvent, list: HTMLElement | undefined): void {
  const down = event.key === 'ArrowDown' || event.key === 'j';
  const up = event.key === 'ArrowUp' || event.key === 'k';
  if (!list || (!down && !up) || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...list.querySelectorAll<HTMLAnchorElement>('a.link')];
  const row = document.activeElement?.closest('li');
  const at = links.findIndex((a) => a.closest('li') === row);
  const to = links[at + (down ? 1 : -1)];
  if (!to) return;
  event.preventDefault();
  to.focus();
}
