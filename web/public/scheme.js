// Runs before the first paint, so that nobody at night is met by a white page. The console stores the choice under this key.
{
  let choice = null
  try {
    choice = localStorage.getItem('vedette-color-scheme')
  } catch {
    // Storage may be switched off: then the browser's own preference holds.
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
}
