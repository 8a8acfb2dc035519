import { type CSSVariablesResolver, type MantineColorsTuple, createTheme } from '@mantine/core';

const steel: MantineColorsTuple = [
  '#e1eef4',
  '#c6e0eb',
  '#9ccadd',
  '#79b9d3',
  '#4fa3c7',
  '#3189af',
  '#1d7aa0',
  '#0f7096',
  '#0b6a8f',
  '#075473',
];

// What Mantine takes for its dark greys: our own, so that fields and menus are not of another family.
const night: MantineColorsTuple = [
  '#dfe5ea',
  '#c3ccd4',
  '#9aa7b3',
  '#9aa7b3',
  '#2a323a',
  '#1b2127',
  '#151a1f',
  '#0f1317',
  '#0b0e11',
  '#07090b',
];

/** Mantine's parts in our measures; every colour they use is one of our tokens. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '19px' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.4', lg: '1.4', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '3px', md: '3px', lg: '4px', xl: '6px' },
  defaultRadius: 'sm',
  primaryColor: 'steel',
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  colors: { steel, dark: night },
  cursorType: 'pointer',
  respectReducedMotion: true,
  // By name, not by import: a page loads the parts that it shows.
  components: {
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    ActionIcon: { defaultProps: { size: 28, variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs', autosize: true, minRows: 2 } },
    Select: { defaultProps: { size: 'xs', checkIconPosition: 'right' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    // A menu holds its items and nothing else; the head of a dialog is not that of the page.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--dim)',
  '--mantine-color-placeholder': 'var(--dim)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-default': 'var(--pane)',
  '--mantine-color-default-hover': 'var(--raised)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--edge)',
  '--mantine-color-gray-light-hover': 'var(--raised)',
  '--mantine-color-gray-light-color': 'var(--text)',
  '--mantine-color-disabled': 'var(--line)',
  '--mantine-color-disabled-color': 'var(--dim)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-contrast': 'var(--on-accent)',
};

/** Mantine's variables, told in our tokens: both themes then follow styles/tokens.css alone. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });
