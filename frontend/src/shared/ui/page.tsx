import { type ReactNode, useEffect } from 'react';

import styles from './page.module.css';

/** One page: its title, also of the window, what it is for, and what can be done on it. */
export function Page(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  width?: 'narrow' | 'normal' | 'wide';
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${props.title} · Svidok`;
  }, [props.title]);
  return (
    <div className={styles['page']} data-width={props.width ?? 'normal'}>
      <header className={styles['head']}>
        <h1>{props.title}</h1>
        {props.actions}
        {props.lead ? <p className={styles['lead']}>{props.lead}</p> : null}
      </header>
      {props.children}
    </div>
  );
}

/** A part of a page, under a line. */
export function Section(props: { title: string; hint?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles['section']}>
      <header>
        <h2>{props.title}</h2>
        {props.actions}
      </header>
      {props.hint ? <p className={styles['hint']}>{props.hint}</p> : null}
      {props.children}
    </section>
  );
}
