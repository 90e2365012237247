/** Takes a file of the API away; what is chosen in a menu must not be a link there, Enter does not follow it. */
export function fetchFile(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
