import { Button } from '@mantine/core';
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';

import { StateMessage } from './states';

interface Props {
  children: ReactNode;
  /** What to show instead; without it, a message that offers to load the page again. */
  fallback?: (error: Error) => ReactNode;
}

/** Keeps one part's failure from taking the whole page with it. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    if (this.props.fallback) return this.props.fallback(error);
    const again = () => window.location.reload();
    return (
      <StateMessage
        title={i18next.t('app:failure.broken')}
        role="alert"
        actions={<Button onClick={again}>{i18next.t('app:failure.reload')}</Button>}
      >
        <p>{error.message}</p>
      </StateMessage>
    );
  }
}
