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

  it('leave a focused control the keys it has a use for', () => {
    const heard = vi.fn();
    function Arrows() {
      useActions(
        ['ArrowLeft', 'ArrowDown', 'Space', 'Enter', 'Home', 'KeyJ'].map((chord) => ({
          id: chord,
          label: chord,
          group: 'Test',
          chord,
          run: () => heard(chord),
        })),
      );
      return null;
    }
    render(
      <ActionsProvider keys={{}}>
        <Arrows />
        <input type="radio" aria-label="radio" />
        <input type="checkbox" aria-label="checkbox" />
        <div role="menu" aria-label="menu" tabIndex={-1} />
        <div role="tab" aria-label="tab" tabIndex={-1} />
      </ActionsProvider>,
    );
    const press = (label: string, code: string) => {
      heard.mockClear();
      fireEvent.keyDown(screen.getByLabelText(label), { code });
      return heard.mock.calls.length === 0;
    };
    const kept = Object.fromEntries(
      ['radio', 'checkbox', 'menu', 'tab'].map((label) => [
        label,
        ['ArrowLeft', 'ArrowDown', 'Space', 'Enter', 'Home', 'KeyJ'].filter((code) => press(label, code)).join(' '),
      ]),
    );
    expect(kept).toEqual({
      radio: 'ArrowLeft ArrowDown Space',
      checkbox: 'Space',
      menu: 'ArrowLeft ArrowDown Space Enter Home',
      tab: 'ArrowLeft ArrowDown Space Enter Home',
    });
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
