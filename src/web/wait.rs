//! Waiting for the world outside, and being woken from it by `close()` and the like.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::{Poll, Waker};

/// What breaks into whatever a source waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// `close()`: stop, and say nothing.
    Close,
    /// The signal of the options was aborted.
    Abort,
    /// The page rests: let go of the connection until it is back, and say nothing.
    Rest,
    /// `reconnect()`: go on with the next attempt at once.
    Reconnect,
}

/// Where the one task of a source waits.
#[derive(Default)]
pub struct Waiting {
    interrupt: Cell<Option<Interrupt>>,
    waker: RefCell<Option<Waker>>,
    resumed: Cell<bool>,
    /// Whether the rest that was asked for has begun.
    resting: Cell<bool>,
    /// Whether JavaScript has a batch that it is not done with.
    delivering: Cell<bool>,
}

impl Waiting {
    /// Breaks in. What is final stays, and who rests does not reconnect.
    pub fn interrupt(&self, interrupt: Interrupt) {
        let stays = match self.interrupt.get() {
            Some(Interrupt::Close | Interrupt::Abort) => true,
            Some(Interrupt::Rest) => interrupt == Interrupt::Reconnect,
            _ => false,
        };
        if !stays {
            self.interrupt.set(Some(interrupt));
            self.wake();
        }
    }

    pub fn interrupted(&self) -> Option<Interrupt> {
        self.interrupt.get()
    }

    /// Forgets an interrupt that was carried out or is over.
    pub fn clear(&self, interrupt: Interrupt) {
        if self.interrupt.get() == Some(interrupt) {
            self.interrupt.set(None);
            self.wake();
        }
    }

    /// Waits until the page is back, or something else interrupts.
    pub async fn while_resting(&self) {
        self.resting.set(true);
        poll_fn(|context| {
            if self.interrupt.get() != Some(Interrupt::Rest) {
                return Poll::Ready(());
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        self.resting.set(false);
    }

    /// The page is back. Where the rest had not even begun, its connection is gone all the same.
    pub fn end_rest(&self) {
        if self.resting.get() {
            self.clear(Interrupt::Rest);
        } else if self.interrupt.get() == Some(Interrupt::Rest) {
            self.interrupt.set(Some(Interrupt::Reconnect));
            self.wake();
        }
    }

    /// JavaScript got a batch that it will say to be done with.
    pub fn delivering(&self) {
        self.delivering.set(true);
    }

    /// It is done with it.
    pub fn delivered(&self) {
        if self.delivering.replace(false) {
            self.wake();
        }
    }

    /// Waits until JavaScript is done with the last batch, or the source is over.
    pub async fn until_delivered(&self) {
        poll_fn(|context| {
            let over = matches!(self.interrupt.get(), Some(Interrupt::Close | Interrupt::Abort));
            if over || !self.delivering.get() {
                return Poll::Ready(());
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// JavaScript is done with what it was given.
    pub fn resume(&self) {
        self.resumed.set(true);
        self.wake();
    }

    /// What was resumed before is not what is waited for now.
    pub fn forget_resumed(&self) {
        self.resumed.set(false);
    }

    pub fn wake(&self) {
        let waker = self.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for something, unless an interrupt comes first.
    pub fn unless_interrupted<F: Future>(&self, future: F) -> impl Future<Output = Result<F::Output, Interrupt>> {
        self.unless(|_| true, future)
    }

    /// Waits for something that goes on while the page rests.
    pub fn unless_overtaken<F: Future>(&self, future: F) -> impl Future<Output = Result<F::Output, Interrupt>> {
        self.unless(|interrupt| interrupt != Interrupt::Rest, future)
    }

    async fn unless<F: Future>(&self, breaks: fn(Interrupt) -> bool, future: F) -> Result<F::Output, Interrupt> {
        let mut future = core::pin::pin!(future);
        poll_fn(|context| {
            if let Some(interrupt) = self.interrupt.get().filter(|&interrupt| breaks(interrupt)) {
                return Poll::Ready(Err(interrupt));
            }
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Waits until JavaScript resumes.
    pub async fn until_resumed(&self) -> Result<(), Interrupt> {
        self.unless_interrupted(poll_fn(|_| if self.resumed.replace(false) { Poll::Ready(()) } else { Poll::Pending }))
            .await
    }

    /// Waits until `slot` is filled by someone who then wakes.
    pub async fn until_filled<T>(&self, slot: &Rc<RefCell<Option<T>>>) -> Result<T, Interrupt> {
        self.unless_interrupted(poll_fn(|_| slot.borrow_mut().take().map_or(Poll::Pending, Poll::Ready))).await
    }
}
