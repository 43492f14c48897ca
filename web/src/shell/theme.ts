import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const vedette: MantineColorsTuple = ['#eef3ff', '#dbe5fb', '#b6c9f4', '#8eabee', '#6d92e8', '#5680e3', '#3563cf', '#2a52b3', '#20428f', '#18336f']
const dark: MantineColorsTuple = ['#d3d7df', '#b9bfcb', '#98a0b0', '#6c7486', '#3c4454', '#2f3644', '#232936', '#191e29', '#141822', '#0e1118']

/** Look of the console: calm, dense, one accent. Colours are chosen so that text keeps 4.5 : 1 on its ground in both schemes. */
export const theme = createTheme({
  primaryColor: 'vedette',
  primaryShade: { light: 6, dark: 6 },
  colors: { vedette, dark },
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Helvetica, Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.375rem', lineHeight: '1.3' }, h2: { fontSize: '1rem', lineHeight: '1.4' }, h3: { fontSize: '0.875rem' } },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // The page has one banner: the head of a dialog is no second one.
    ModalHeader: { defaultProps: { component: 'div' } },
    DrawerHeader: { defaultProps: { component: 'div' } },
    Text: { defaultProps: { size: 'md' } },
    // The placeholder is an element that a menu must not contain (ARIA 1.2, menu).
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
  },
})

/** What the theme alone cannot say: the grounds, lines and quiet text of each scheme. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1b2130',
    '--mantine-color-dimmed': '#566072',
    '--mantine-color-placeholder': '#6b7485',
    '--mantine-color-anchor': '#2a52b3',
    '--mantine-color-error': '#c02626',
    '--mantine-color-vedette-light-color': '#2a52b3',
    '--mantine-color-red-light-color': '#b91c1c',
    '--mantine-color-yellow-light-color': '#7a4b00',
    '--mantine-color-red-light': '#fdecec',
    '--mantine-color-yellow-light': '#fff5d9',
    '--mantine-color-orange-light': '#fff0e2',
    '--mantine-color-orange-light-color': '#8a3b00',
    '--mantine-color-default-border': '#ccd2dc',
    '--vedette-ground': '#f4f6f9',
    '--vedette-surface': '#ffffff',
    '--vedette-line': '#dfe3ea',
    '--vedette-raised': '#eef1f6',
    '--vedette-selected': '#e3ebfc',
    '--vedette-selected-text': '#20428f',
    '--vedette-good': '#14743a',
    '--vedette-bad': '#b91c1c',
  },
  dark: {
    '--mantine-color-body': '#191e29',
    '--mantine-color-text': '#dfe3ea',
    '--mantine-color-dimmed': '#9aa4b5',
    '--mantine-color-placeholder': '#8a94a6',
    '--mantine-color-anchor': '#8eabee',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-vedette-light-color': '#8eabee',
    '--mantine-color-red-light-color': '#ff9d9d',
    '--mantine-color-yellow-light-color': '#f2c867',
    '--mantine-color-orange-light-color': '#ffb27a',
    '--mantine-color-red-light': '#371a22',
    '--mantine-color-yellow-light': '#302815',
    '--mantine-color-orange-light': '#332217',
    '--mantine-color-default-border': '#3c4454',
    '--vedette-ground': '#11151d',
    '--vedette-surface': '#191e29',
    '--vedette-line': '#2a3140',
    '--vedette-raised': '#222938',
    '--vedette-selected': '#22315a',
    '--vedette-selected-text': '#c8d8fb',
    '--vedette-good': '#5fd38d',
    '--vedette-bad': '#ff8f8f',
  },
})
