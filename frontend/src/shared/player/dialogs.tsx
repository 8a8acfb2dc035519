import { Button, Group, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { ShieldKind } from './contract';
import { restored } from './shields';
import { download, type Subject, takeStill } from './still';
import type { VideoPlayer } from './store';

/** Sound is a decision of its own, asked once for each item. */
export function SoundDialog(props: { opened: boolean; onClose: () => void; onAgree: () => void }) {
  const { t } = useTranslation('player');
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t('sound.title')}
      centered
      closeButtonProps={{ 'aria-label': t('app:close') }}
    >
      <p>{t('sound.warning')}</p>
      <Group mt="md" justify="flex-end">
        <Button onClick={props.onClose} data-autofocus>
          {t('sound.stay')}
        </Button>
        <Button
          variant="filled"
          onClick={() => {
            props.onAgree();
            props.onClose();
          }}
        >
          {t('sound.on')}
        </Button>
      </Group>
    </Modal>
  );
}

/** Saves the frame on the screen; the unshielded picture only by the button that names it. */
export function StillDialog(props: {
  /** The frame that was asked for; null while none is. */
  frame: number | null;
  onClose: () => void;
  player: VideoPlayer;
  subject: Subject;
  shield: ShieldKind;
  tell: (words: string) => void;
}) {
  const { t } = useTranslation('player');
  const { player } = props;
  const [failure, setFailure] = useState<string | null>(null);
  const now = player.state().shield;
  const shield = now === 'clear' ? restored(props.shield) : now;
  const close = () => {
    setFailure(null);
    props.onClose();
  };
  const save = (how: ShieldKind) => {
    if (props.frame === null) return;
    takeStill(player, props.subject, how, props.frame).then(
      (still) => {
        download(still);
        props.tell(t('still.saved', { name: still.caption.still }));
        close();
      },
      () => setFailure(t('still.failed')),
    );
  };
  return (
    <Modal
      opened={props.frame !== null}
      onClose={close}
      title={t('still.title', { frame: props.frame ?? 0 })}
      centered
      closeButtonProps={{ 'aria-label': t('app:close') }}
    >
      <p>{t('still.what')}</p>
      {failure ? <p role="alert">{failure}</p> : null}
      <Group mt="md" justify="flex-end">
        <Button onClick={() => save('clear')}>{t('still.clear')}</Button>
        <Button variant="filled" onClick={() => save(shield)} data-autofocus>
          {t('still.shielded', { shield: t(`shield.${shield}`) })}
        </Button>
      </Group>
    </Modal>
  );
}
