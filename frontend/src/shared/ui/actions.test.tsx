import { act, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';

import { ActionsProvider, useActions, useOfferedActions } from './actions';

function Offering({ onStep }: { onStep: (count: number) => void }) {
  const [count, setCount] = useState(0);
  const actions = useOfferedActions();
  useActions([
    {
      id: 'test.step',
      label: 'Step',
      group: 'Test',
      chord: 'KeyB',
      run: () => {
        setCount(count + 1);
        onStep(count);
      },
    },
  ]);
  return (
    <>
      <output>{actions.map((action) => `${action.label} ${action.key}`).join()}</output>
      <input aria-label="field" />
    </>
  );
}

describe('actions', () => {
  it('may be offered and listed by one component, and always run as they are now', () => {
    const seen: number[] = [];
    render(
      <ActionsProvider keys={{}}>
        <Offering onStep={(count) => seen.push(count)} />
      </ActionsProvider>,
    );
    expect(screen.getByRole('status')).toHaveTextContent('Step KeyB');
    for (let press = 0; press < 3; press++)
      act(() => void fireEvent.keyDown(document.body, { code: 'KeyB', key: 'и' }));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('rest while somebody types', () => {
    const seen: number[] = [];
    render(
      <ActionsProvider keys={{}}>
        <Offering onStep={(count) => seen.push(count)} />
      </ActionsProvider>,
    );
    fireEvent.keyDown(screen.getByLabelText('field'), { code: 'KeyB', key: 'b' });
    expect(seen).toEqual([]);
  });

  it('answer to the key somebody chose instead', () => {
    const seen: number[] = [];
    render(
      <ActionsProvider keys={{ 'test.step': 'KeyX' }}>
        <Offering onStep={(count) => seen.push(count)} />
      </ActionsProvider>,
    );
    fireEvent.keyDown(document.body, { code: 'KeyB' });
    act(() => void fireEvent.keyDown(document.body, { code: 'KeyX' }));
    expect(seen).toEqual([0]);
  });
});
