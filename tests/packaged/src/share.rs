//! The share of a CPU that Lambda gives to a function of 128 MB, by a control group.

use crate::Failure;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Lambda gives a whole CPU at 1,769 MB and less in proportion, in slices of 20 ms.
const PERIOD_US: u32 = 20_000;
const QUOTA_US: u32 = PERIOD_US * 128 / 1_769;

/// A control group with that share; gone when dropped.
#[derive(Debug)]
pub(crate) struct Share(PathBuf);

impl Share {
    /// Makes the group.
    ///
    /// # Errors
    /// When control groups cannot be written here.
    pub(crate) fn new() -> Result<Self, Failure> {
        let root = Path::new("/sys/fs/cgroup");
        let name = format!("packaged-{}", std::process::id());
        if root.join("cgroup.controllers").is_file() {
            fs::write(root.join("cgroup.subtree_control"), "+cpu")?;
            let share = Self::made(root.join(name))?;
            fs::write(share.0.join("cpu.max"), format!("{QUOTA_US} {PERIOD_US}"))?;
            return Ok(share);
        }
        let share = Self::made(root.join("cpu").join(name))?;
        fs::write(share.0.join("cpu.cfs_period_us"), PERIOD_US.to_string())?;
        fs::write(share.0.join("cpu.cfs_quota_us"), QUOTA_US.to_string())?;
        Ok(share)
    }

    fn made(folder: PathBuf) -> Result<Self, Failure> {
        fs::create_dir(&folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Holds the process `id` to the share.
    pub(crate) fn confine(&self, id: u32) -> Result<(), Failure> {
        Ok(fs::write(self.0.join("cgroup.procs"), id.to_string())?)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Only a group without processes can go; one that stays behind is empty and does nothing.
        fs::remove_dir(&self.0).ok();
    }
}
